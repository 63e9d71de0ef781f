import { expect, test } from 'vitest'
import { NO_JOB, readId, readNumber } from './numbers.ts'

test('an id that a number cannot hold exactly is no job at all, rather than its neighbour', () => {
  expect(readId('9007199254740991')).toBe(9_007_199_254_740_991)
  expect(readId('9007199254740992')).toBe(NO_JOB)
  expect(readId('9007199254740993')).toBe(NO_JOB)
  expect(readId('9223372036854775808')).toBe(NO_JOB)
  expect(readId('18446744073709551615')).toBe(NO_JOB)
  expect(readId('18446744073709551616')).toBeUndefined()
})

test('a number keeps to its largest value', () => {
  expect(readNumber(' 007', 7)).toBe(7)
  expect(readNumber('8', 7)).toBeUndefined()
  expect(readNumber('9'.repeat(400), 4_294_967_295)).toBeUndefined()
})
