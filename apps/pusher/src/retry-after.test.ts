import { expect, test } from 'vitest'
import { retryAfterSeconds } from './retry-after.ts'

const now = Date.parse('2026-01-02T03:04:05.500Z')

test.each([
  ['0', 0],
  ['120', 120],
  ['86401', 86_400],
  ['99999999999999999999', 86_400],
  ['Fri, 02 Jan 2026 03:05:05 GMT', 60],
  ['Fri, 02 Jan 2026 03:04:05 GMT', 0],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Fri, 01 Jan 2038 00:00:00 GMT', 86_400],
])('Retry-After %j asks for %i s', (value, seconds) => {
  expect(retryAfterSeconds(value, now)).toBe(seconds)
})

test.each([undefined, '', '-1', '1.5', 'soon', '2026-01-02', 'Fri, 99 Jan 2026 03:05:05 GMT', '1e3', '0x10'])(
  'Retry-After %j asks for nothing',
  (value) => {
    expect(retryAfterSeconds(value, now)).toBeUndefined()
  },
)

test('of several the first counts', () => {
  expect(retryAfterSeconds(['5', '6'], now)).toBe(5)
})
