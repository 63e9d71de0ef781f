import { describe, expect, test } from 'vitest'
import { crossing } from './crossing.ts'

const alerts = [
  { type: 'fixed', direction: 'asc', trigger: 10 },
  { type: 'fixed', direction: 'desc', trigger: 10 },
  { type: 'progressive', direction: 'asc', trigger: 10 },
  { type: 'progressive', direction: 'desc', trigger: 10 },
] as const

/** Which of the four fire, by their first letters. */
const fired = (from: number, to: number) =>
  ['fixed asc', 'fixed desc', 'progressive asc', 'progressive desc']
    .filter((_, i) => crossing(alerts[i]!, from, to) === 'fires')
    .join(', ')

describe('v2 6.4, the example table: trigger 10', () => {
  test.each([
    [0, +9, ''],
    [9, +1, 'fixed asc, progressive asc'],
    [9, +4, 'fixed asc, progressive asc'],
    [13, +10, 'progressive asc'],
    [23, -3, 'progressive desc'],
    [11, -1, 'fixed desc, progressive desc'],
    [10, -1, ''],
    [5, -5, ''],
  ])('from %i by %i fires: %s', (from, change, which) => expect(fired(from, from + change)).toBe(which))
})

test('F3 F4 F6 passing several lines at once is one crossing, and no line lies at 0', () => {
  expect(fired(0, 35)).toBe('fixed asc, progressive asc')
  expect(fired(35, 0)).toBe('fixed desc, progressive desc')
  expect(fired(10, 0)).toBe('')
})

test('F7 F8 what is no crossing may still be the way back, after which the next one fires', () => {
  expect(alerts.map((alert) => crossing(alert, 11, 9))).toEqual(['returns', 'fires', 'returns', 'fires'])
  expect(alerts.map((alert) => crossing(alert, 9, 11))).toEqual(['fires', 'returns', 'fires', 'returns'])
  expect(alerts.map((alert) => crossing(alert, 14, 17))).toEqual(['none', 'none', 'none', 'none'])
  expect(alerts.map((alert) => crossing(alert, 9, 10))).toEqual(['fires', 'none', 'fires', 'none'])
  expect(alerts.map((alert) => crossing(alert, 10, 9))).toEqual(['returns', 'none', 'returns', 'none'])
})
