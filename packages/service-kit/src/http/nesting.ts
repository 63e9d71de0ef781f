/** How much structure a JSON text may have. The deepest body of any client has six levels. */
const limits = { depth: 64, keysPerObject: 1000 }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a

/**
 * What is too much about the structure of this JSON text, or undefined. One pass over the bytes without recursion:
 * `JSON.parse` takes seconds over millions of nested arrays or keys, and this must say no before (security row 12).
 */
export function nestingProblem(text: Uint8Array): string | undefined {
  const keys = new Uint32Array(limits.depth + 1)
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]
    if (byte === QUOTE) {
      for (i++; i < text.length && text[i] !== QUOTE; i++) if (text[i] === BACKSLASH) i++
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limits.depth) return `must not be nested deeper than ${limits.depth} levels`
      keys[depth] = 0
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth > 0) depth--
    } else if (byte === COLON && ++keys[depth]! > limits.keysPerObject) {
      return `must not have an object with more than ${limits.keysPerObject} keys`
    }
  }
  return undefined
}
