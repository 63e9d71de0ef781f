/** What a new connection says of itself. */
export type Login = { token: string; project: string }

/** The body of the put that logs in is never larger (contract 15.2). */
export const MAX_LOGIN_BYTES = 1024

/**
 * `oauth`, one or more spaces, token, one or more spaces, project id, white space allowed behind (contract 15.3).
 * Undefined for every other body.
 */
export function readLogin(body: Buffer): Login | undefined {
  if (body.length > MAX_LOGIN_BYTES) return undefined
  const [, token, project] = /^oauth +([\x21-\x7e]+) +([\x21-\x7e]+)[ \t\r\n\v\f]*$/.exec(body.toString('latin1')) ?? []
  return token && project ? { token, project } : undefined
}
