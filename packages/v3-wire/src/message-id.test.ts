import { expect, test } from 'vitest'
import { fromWireId, toWireId } from './message-id.ts'

test.each([1, 42, 4_294_967_296, Number.MAX_SAFE_INTEGER])('id %d is 19 digits on the wire and comes back', (id) => {
  expect(toWireId(id)).toMatch(/^1\d{18}$/)
  expect(toWireId(id)).toBe(String(10n ** 18n + BigInt(id)))
  expect(fromWireId(toWireId(id))).toBe(id)
})

test.each([
  '',
  'peek',
  '1',
  '123',
  '1000000000000000000',
  '2000000000000000001',
  '10000000000000000001',
  '1999999999999999999',
  ' 1000000000000000001',
  '1000000000000000001\n',
  '-100000000000000001',
  '1e18',
])('%j is no message id', (text) => {
  expect(fromWireId(text)).toBeUndefined()
})
