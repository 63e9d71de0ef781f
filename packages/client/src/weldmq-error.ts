export type ErrorDetails = {
  status?: number
  code?: string
  temporary?: boolean
  nothingDone?: boolean
  retryAfterSeconds?: number | undefined
  incidentId?: string | undefined
  cause?: unknown
}

/** Every error of this package, but for an abort, which rejects with the reason of the caller's signal. */
export class WeldmqError extends Error {
  override readonly name = 'WeldmqError'
  /** The HTTP status, or the close code of the stream (4401, …); 0 when no answer came. */
  readonly status: number
  /** The stream's word for it (`queue_not_found`), or ours (`invalid`, `timed_out`, `unreachable`, `lost`, `closed`); else empty. */
  readonly code: string
  /** Whether the same call may succeed later. */
  readonly temporary: boolean
  /** Whether it is certain that the call changed nothing; when not, it may have been done. */
  readonly nothingDone: boolean
  /** How long the server asks to wait before the next try. */
  readonly retryAfterSeconds: number | undefined
  /** What the server's log calls an internal error. */
  readonly incidentId: string | undefined

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.status = details.status ?? 0
    this.code = details.code ?? ''
    this.temporary = details.temporary ?? false
    this.nothingDone = details.nothingDone ?? false
    this.retryAfterSeconds = details.retryAfterSeconds
    this.incidentId = details.incidentId
  }
}
