import { expect, test } from 'vitest'
import { fullJitter } from './back-off.ts'

const backOff = { baseMilliseconds: 100, capMilliseconds: 5000 }
const longest = (attempt: number) => fullJitter(attempt, backOff, () => 1)

test('the longest pause doubles up to the cap, however often it is tried', () => {
  expect([0, 1, 2, 5, 6, 5000].map(longest)).toEqual([100, 200, 400, 3200, 5000, 5000])
})

test('a pause is anything between nothing and the longest one', () => {
  expect(fullJitter(3, backOff, () => 0)).toBe(0)
  expect(fullJitter(3, backOff, () => 0.25)).toBe(200)
})
