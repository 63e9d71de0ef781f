/** On every answer; `Content-Length` goes beside them. */
export const jsonHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }

/**
 * A whole JSON answer: `Content-Type` exactly `application/json`, always with `Content-Length`, never compressed, never
 * cached (contract v3 H17, H19, H20; security row 39).
 */
export function json(status: number, value: unknown, extra?: Record<string, string>): Response {
  const text = JSON.stringify(value)
  // A plain object of headers and a string body: that is what the node adapter writes in one piece.
  return new Response(text, {
    status,
    headers: { ...jsonHeaders, 'Content-Length': String(Buffer.byteLength(text)), ...extra },
  })
}

/** Every error and every bare success: `{"msg":"text"}` (contract v3 H22). */
export const message = (status: number, msg: string, extra?: Record<string, string>): Response =>
  json(status, { msg }, extra)
