/** Thrown while a request is read: a client mistake that has a status and a sentence, and no fault of ours. */
export class HttpRefusal extends Error {
  override name = 'HttpRefusal'
  readonly status: number
  readonly headers: Record<string, string> | undefined

  constructor(status: number, msg: string, headers?: Record<string, string>) {
    super(msg)
    this.status = status
    this.headers = headers
  }
}
