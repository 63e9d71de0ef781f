import { expect, test } from 'vitest'
import { createLatencies } from './latencies.ts'

test('percentiles are the exact ones, in whatever order and number the durations came', () => {
  const latencies = createLatencies()
  for (let i = 100_000; i >= 1; i--) latencies.add(i)
  expect(latencies.percentiles(0.5, 0.99, 1)).toEqual([50_000, 99_000, 100_000])
})

test('without durations every percentile is 0', () => {
  expect(createLatencies().percentiles(0.5, 0.99)).toEqual([0, 0])
})
