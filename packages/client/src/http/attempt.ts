import { WeldmqError } from '../weldmq-error.ts'

export type Attempt = {
  fetch: typeof fetch
  url: string
  method: string
  headers: Record<string, string>
  body: string | undefined
  timeoutMilliseconds: number
  signal: AbortSignal | undefined
}

/** One request and its answer's JSON object; everything but a 2xx is thrown, as is an answer that does not come in time. */
export async function attempt(request: Attempt): Promise<unknown> {
  const { url, method, headers, body, signal } = request
  signal?.throwIfAborted()
  const ours = new AbortController()
  const abort = () => ours.abort(signal!.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const late = new WeldmqError(`No answer within ${request.timeoutMilliseconds} ms`, {
    code: 'timed_out',
    temporary: true,
  })
  const timer = setTimeout(() => ours.abort(late), request.timeoutMilliseconds)
  try {
    const init = { method, headers, signal: ours.signal, ...(body !== undefined && { body }) }
    const response = await request.fetch(url, init)
    return readAnswer(response, await response.text())
  } catch (error) {
    if (error instanceof WeldmqError) throw error
    if (ours.signal.aborted) throw ours.signal.reason // some fetches throw an error of their own instead
    throw unreachable(error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

function readAnswer(response: Response, text: string): unknown {
  const answer = objectOf(text)
  if (response.ok && answer !== undefined) return answer
  const { status } = response
  const said = answer?.['msg']
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN)
  throw new WeldmqError(typeof said === 'string' ? said : `${status} that is no answer of WeldMQ`, {
    status,
    temporary: temporaryStatuses.has(status),
    // A 503 of something between us and the gateway does not say so, and may come after the gateway did its part.
    nothingDone: status >= 400 && (status < 500 || (status === 503 && String(said).endsWith('nothing was stored'))),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
    incidentId: response.headers.get('X-Incident-Id') ?? undefined,
  })
}

/** 409 is said of an idempotency key whose first request has not ended yet. */
const temporaryStatuses = new Set([408, 409, 425, 429, 500, 502, 503, 504])

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** What fetch throws does not say how far the request came; only Node tells when nobody was there to hear it. */
function unreachable(error: unknown): WeldmqError {
  const cause = error instanceof Error ? error.cause : undefined
  const refused = (cause as { code?: unknown } | undefined)?.code === 'ECONNREFUSED'
  return new WeldmqError('The server cannot be reached, or the connection broke', {
    code: 'unreachable',
    temporary: true,
    nothingDone: refused,
    cause: error,
  })
}
