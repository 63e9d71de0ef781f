import { isUtf8 } from 'node:buffer'

/**
 * The bytes of a JavaScript string, lossless for every string: UTF-8, and a lone surrogate as the three bytes UTF-8 would
 * have for it (WTF-8). Message bodies are bytes; JSON strings are not always well-formed (promise I9).
 */
export function textToBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  const bytes = Buffer.allocUnsafe(text.length * 3)
  let end = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!
    if (code < 0x80) bytes[end++] = code
    else {
      if (code < 0x800) bytes[end++] = 0xc0 | (code >> 6)
      else {
        if (code < 0x10000) bytes[end++] = 0xe0 | (code >> 12)
        else {
          i++ // a pair is two units of the string
          bytes[end++] = 0xf0 | (code >> 18)
          bytes[end++] = 0x80 | ((code >> 12) & 0x3f)
        }
        bytes[end++] = 0x80 | ((code >> 6) & 0x3f)
      }
      bytes[end++] = 0x80 | (code & 0x3f)
    }
  }
  return bytes.subarray(0, end)
}

/** The string of bytes made by `textToBytes`; bytes that are neither UTF-8 nor a surrogate become U+FFFD. */
export function bytesToText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  let text = ''
  let end = 0
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1)) {
    const second = bytes[at + 1] ?? 0
    const third = bytes[at + 2] ?? 0
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue
    text += bytes.toString('utf8', end, at) + String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f))
    end = at + 3
  }
  return text + bytes.toString('utf8', end)
}
