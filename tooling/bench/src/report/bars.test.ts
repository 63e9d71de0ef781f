import { expect, test } from 'vitest'
import { allScenarios, choose } from '../scenarios/scenario.ts'
import { bars } from './bars.ts'
import type { Row } from './row.ts'
import { summarise } from './summarise.ts'

const scenarios = allScenarios({ backlog: false })

/** What one scenario gave in one round. */
const row = (name: string, operation: string, round: number, perSecond: number, more: Partial<Row> = {}): Row => ({
  scenario: choose(scenarios, [name])[0]!,
  operation,
  round,
  perSecond,
  messages: perSecond,
  seconds: 1,
  p50Milliseconds: 1,
  p99Milliseconds: 2,
  cpuMicroseconds: undefined,
  resident: { endBytes: 100_000_000, maxBytes: 120_000_000 },
  ...more,
})

const judged = (...rows: Row[]) => bars(summarise(rows)).map(({ shown, met }) => [shown, met])

test('each bar is judged by the medians of the run', () => {
  const found = judged(
    ...[9_000, 21_000, 1_000].map((rate, i) => row('core-64-cycle', 'cycle', i + 1, rate)),
    row('uncoalesced-64-cycle', 'cycle', 1, 1_000),
    row('http-64-cycle', 'cycle', 1, 2_000),
    row('v2-64-cycle', 'cycle', 1, 1_800),
    row('http-4-batches', 'post 100', 1, 30_000),
    row('http-4-batches', 'reserve + delete 100', 1, 19_999),
    row('http-1-steps', 'post', 1, 800, { p50Milliseconds: 1.2 }),
  )
  expect(found).toEqual([
    ['9.0 times', true],
    ['0.22', false],
    ['0.90', true],
    ['30,000', true],
    ['19,999', false],
    ['1.20 ms', true],
    ['120 MB', true],
  ])
})

test('what a run did not measure is neither met nor missed', () => {
  expect(judged(row('core-64-cycle', 'cycle', 1, 9_000))).toEqual(Array(7).fill(['not measured', undefined]))
})
