/** One line, or a line that names the length of the bytes behind it; both without their line ends. */
export type Reply = string | { head: string; body: Buffer }

const CRLF = Buffer.from('\r\n')

/** A reply with a body as the one buffer that goes out in one write (contract 1.3, 1.11); `before` goes first. */
export function encodeWithBody(before: string, { head, body }: { head: string; body: Buffer }): Buffer {
  const line = `${before}${head} ${body.length}\r\n`
  const bytes = Buffer.allocUnsafe(line.length + body.length + CRLF.length)
  bytes.write(line, 0, 'latin1')
  body.copy(bytes, line.length)
  CRLF.copy(bytes, line.length + body.length)
  return bytes
}

/** A document as it follows `OK`. */
export const okDocument = (text: string): Reply => ({ head: 'OK', body: Buffer.from(text, 'latin1') })
