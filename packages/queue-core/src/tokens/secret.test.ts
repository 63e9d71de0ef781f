import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { hashOf, newSecret } from './secret.ts'

const value = (digits: string) =>
  [...digits].reduce((sum, digit) => {
    return sum * 62 + '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(digit)
  }, 0)

test('a secret is recognisable: prefix, 130 random bits, and a checksum that a scanner can verify', () => {
  for (let i = 0; i < 200; i++) {
    const secret = newSecret()
    expect(secret).toMatch(/^weld_[0-9A-Za-z]{22}[0-9A-Za-z]{6}$/)
    expect(value(secret.slice(-6))).toBe(crc32(secret.slice(0, -6)))
  }
})

test('secrets use every character about equally, and no two are alike', () => {
  const secrets = Array.from({ length: 2000 }, newSecret)
  expect(new Set(secrets).size).toBe(2000)
  const counts = new Map<string, number>()
  for (const character of secrets.map((secret) => secret.slice(5, 27)).join('')) {
    counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  // 44,000 draws of 62: 710 each, with a standard deviation of 26; eight of them away never happens by chance.
  expect(counts.size).toBe(62)
  for (const count of counts.values()) expect(Math.abs(count - 44_000 / 62)).toBeLessThan(8 * 27)
})

test('what is stored is the SHA-256 of the secret', () => {
  expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
