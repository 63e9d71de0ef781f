import { expect, test } from 'vitest'
import type { Row } from '../report/row.ts'
import { summarise } from '../report/summarise.ts'
import { choose } from '../scenarios/scenario.ts'
import { farBelow, peerBars } from './peer-bars.ts'
import { besideOurs, peerScenarios } from './peer-scenarios.ts'

const row = (name: string, operation: string, round: number, perSecond: number): Row => ({
  scenario: choose(peerScenarios, [name])[0]!,
  operation,
  round,
  perSecond,
  messages: perSecond,
  seconds: 1,
  p50Milliseconds: 1,
  p99Milliseconds: 2,
  cpuMicroseconds: undefined,
  resident: { endBytes: 1, maxBytes: 1 },
})

const rows = [
  ...[9_000, 6_000, 12_000].map((rate, i) => row('http-64-cycle', 'cycle', i + 1, rate)),
  ...[3_000, 3_000, 2_000].map((rate, i) => row('graphile-worker-64-cycle', 'cycle', i + 1, rate)),
  row('pgmq-64-cycle', 'cycle', 1, 2_000),
  row('beanstalkd-64-cycle', 'cycle', 1, 90_000),
]
const judged = peerBars(summarise(rows), rows)

test('a ratio is that of the medians, with the least and the most of the rounds', () => {
  expect(judged.map(({ shown, met }) => [shown, met])).toEqual([
    ['3.00 (2.00 to 6.00)', false],
    ['4.50 (4.50 to 4.50)', true],
    ['not measured', undefined],
    ['0.10 (0.10 to 0.10)', undefined],
    ['not measured', undefined],
    ['not measured', undefined],
  ])
})

test('only what was measured and demanded can be far below', () => {
  expect(farBelow(judged, 0.9).map(({ figure }) => figure)).toEqual([3])
  expect(farBelow(judged, 0.5)).toEqual([])
})

test('where less than what is demanded has been reached, it is a share of that', () => {
  const bar = { says: '', figure: 1.4, shown: '1.40', met: false, least: 12, reached: 3 }
  expect(farBelow([bar, { ...bar, figure: 1.5 }], 0.5)).toEqual([bar])
  expect(farBelow([{ ...bar, reached: undefined }], 0.5)).toHaveLength(1)
})

test('ours runs beside whatever is chosen', () => {
  expect(besideOurs(choose(peerScenarios, ['pg-boss-64-cycle', 'raw-sql'])).map(({ name }) => name)).toEqual([
    'http-64-cycle',
    'pg-boss-64-cycle',
    'http-4-batches',
    'raw-sql-4-batches',
  ])
})
