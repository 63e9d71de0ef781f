/** On every answer; `Content-Length` goes beside them. */
export const jsonHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }

/** What a Response of `json` was made of: our listener writes that, and need not take the Response apart. */
export type Parts = { status: number; headers: Record<string, string | number>; text: string }

const madeOf = Symbol('made of')

/** Undefined for a Response that `json` did not make. */
export const partsOf = (response: Response): Parts | undefined => (response as { [madeOf]?: Parts })[madeOf]

/**
 * A whole JSON answer: `Content-Type` exactly `application/json`, always with `Content-Length`, never compressed, never
 * cached (contract v3 H17, H19, H20; security row 39).
 */
export function json(status: number, value: unknown, extra?: Record<string, string>): Response {
  const text = JSON.stringify(value)
  const headers = { ...jsonHeaders, 'Content-Length': String(Buffer.byteLength(text)), ...extra }
  const response: Response & { [madeOf]?: Parts } = new Response(text, { status, headers })
  response[madeOf] = { status, headers, text }
  return response
}

/** Every error and every bare success: `{"msg":"text"}` (contract v3 H22). */
export const message = (status: number, msg: string, extra?: Record<string, string>): Response =>
  json(status, { msg }, extra)
