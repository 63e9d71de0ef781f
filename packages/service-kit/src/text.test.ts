import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToText, textToBytes } from './text.ts'

/** Any sequence of UTF-16 units: pairs, halves of pairs, NUL. */
const anyString = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd7ff, max: 0xe000 })))
  .map((units) => String.fromCharCode(...units))

test('every string comes back as it was', () => {
  fc.assert(fc.property(anyString, (text) => bytesToText(textToBytes(text)) === text))
})

test('well-formed strings are plain UTF-8', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => textToBytes(text).equals(Buffer.from(text))))
})

test('two different strings never have the same bytes', () => {
  fc.assert(fc.property(anyString, anyString, (a, b) => a === b || !textToBytes(a).equals(textToBytes(b))))
})

test('a lone surrogate has three bytes of its own', () => {
  expect(textToBytes('a\ud800b').toString('hex')).toBe('61eda08062')
  expect(textToBytes('\udfff').toString('hex')).toBe('edbfbf')
  expect(textToBytes('\udc00\ud800').toString('hex')).toBe('edb080eda080')
})

test.each([
  ['ff', '\ufffd'],
  ['61ff62', 'a\ufffdb'],
  ['c3', '\ufffd'],
  ['ed', '\ufffd'],
  ['eda0', '\ufffd\ufffd'],
  ['ffeda080', '\ufffd\ud800'],
  ['efbbbf61', '\ufeffa'],
])('bytes %s that are not UTF-8 read as replacement characters', (hex, text) => {
  expect(bytesToText(Buffer.from(hex, 'hex'))).toBe(text)
})

test('any bytes at all can be read', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof bytesToText(Buffer.from(bytes)) === 'string'))
})
