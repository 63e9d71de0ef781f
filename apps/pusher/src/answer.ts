/** What of an answer is kept, and how much of it is read for the sake of the connection before that is given up. */
const KEPT_BYTES = 1024
const READ_BYTES = 65_536

/** The body of one answer while it comes in. */
export type Answer = {
  /** False once there is more than anybody reads. */
  add(chunk: Buffer): boolean
  /** Whether as much is there as is ever kept. */
  isFull(): boolean
  text(): string
}

/** Keeps the first KiB of a body; the rest is only counted. */
export function readAnswer(): Answer {
  const chunks: Buffer[] = []
  let bytes = 0
  return {
    add(chunk) {
      // A copy: a chunk is a view of a much larger piece, which it would keep.
      if (bytes < KEPT_BYTES) chunks.push(Buffer.from(chunk.subarray(0, KEPT_BYTES - bytes)))
      bytes += chunk.length
      return bytes <= READ_BYTES
    },
    isFull: () => bytes >= KEPT_BYTES,
    text() {
      const text = Buffer.concat(chunks).toString()
      // The cut may be inside a character, and a database takes no NUL in a text.
      return (bytes > KEPT_BYTES ? text.replace(/\uFFFD$/, '') : text).replaceAll('\0', '\uFFFD')
    },
  }
}
