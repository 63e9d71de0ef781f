import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 22 characters of 62 hold 130 bits. */
const RANDOM_LENGTH = 22
const CHECKSUM_LENGTH = 6

/**
 * A new secret: `weld_`, 130 random bits, and the CRC-32 of what stands before it, the last two in base 62. Prefix and
 * checksum let a scanner tell a leaked token from any other text (security row 7).
 */
export function newSecret(): string {
  const random = `weld_${randomText(RANDOM_LENGTH)}`
  return random + checksumOf(random)
}

/** SHA-256: enough without salt or stretching, since a secret of 128 random bits cannot be guessed from it. */
export const hashOf = (secret: string): string => hash('sha256', secret, 'hex')

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte; what lies above would favour the first characters.
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62)
    }
  }
  return text
}

function checksumOf(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = alphabet.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
