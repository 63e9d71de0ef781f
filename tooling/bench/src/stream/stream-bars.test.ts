import { expect, test } from 'vitest'
import { streamBars } from './stream-bars.ts'

test('each bar is judged by the median, and what was not measured is neither met nor missed', () => {
  const bars = streamBars({
    streamPerSecond: [10_000, 30_000, 14_000],
    corePerSecond: [20_000, 22_000],
    wakeFromSending: [2, 30],
    stopped: { waiting: 1000, credit: 200, reserved: 200, beforeBytes: 100e6, afterBytes: 90e6 },
  })
  expect(bars.map(({ shown, met }) => [shown, met])).toEqual([
    ['0.67', true],
    ['14,000', true],
    ['2.00 ms', true],
    ['30.00 ms', false],
    ['not measured', undefined],
    ['200 of 200', true],
    ['-10.0 MB', true],
  ])
})
