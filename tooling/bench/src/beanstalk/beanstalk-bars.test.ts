import { expect, test } from 'vitest'
import type { Row } from '../report/row.ts'
import { summarise } from '../report/summarise.ts'
import { choose } from '../scenarios/scenario.ts'
import { beanstalkBars } from './beanstalk-bars.ts'
import { beanstalkScenarios } from './beanstalk-scenarios.ts'

const row = (name: string, operation: string, perSecond: number, maxBytes = 1): Row => ({
  scenario: choose(beanstalkScenarios, [name])[0]!,
  operation,
  round: 1,
  perSecond,
  messages: perSecond,
  seconds: 1,
  p50Milliseconds: 1,
  p99Milliseconds: 2,
  cpuMicroseconds: undefined,
  resident: { endBytes: 1, maxBytes },
})

test('each bar compares ours with the server it names, doing the same', () => {
  const rows = [
    row('beanstalk-64-posts', 'post', 20_000),
    row('beanstalkd-synced-64-posts', 'post', 5_000),
    row('beanstalk-64-cycle', 'cycle', 9_000),
    row('beanstalkd-synced-64-cycle', 'cycle', 9_000),
    row('beanstalkd-64-cycle', 'cycle', 36_000),
    row('beanstalk-idle', 'cycle', 100, 150_000_000),
  ]
  expect(beanstalkBars(summarise(rows)).map(({ shown, met }) => [shown, met])).toEqual([
    ['4.00', true],
    ['1.00', false],
    ['not measured', undefined],
    ['not measured', undefined],
    ['0.25', true],
    ['150 MB', true],
  ])
})
