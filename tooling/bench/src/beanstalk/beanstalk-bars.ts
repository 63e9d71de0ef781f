import { type Bar, judge, ratio } from '../report/bars.ts'
import type { Summary } from '../report/summarise.ts'
import { megabytes } from '../report/units.ts'

const SYNCED = 'beanstalkd-synced'

const comparisons = [
  { words: '64 clients, put: at least 2 times beanstalkd -b -f0', shape: '64-posts', least: 2 },
  { words: '64 clients, cycle: at least 1.5 times beanstalkd -b -f0', shape: '64-cycle', least: 1.5 },
  { words: 'one connection, 256 puts ahead: at least 3 times beanstalkd -b -f0', shape: '1-ahead', least: 3 },
  { words: 'one client, cycle: at least 0.5 of beanstalkd -b -f0', shape: '1-cycle', least: 0.5 },
  {
    words: '64 clients, cycle: at least 0.25 of beanstalkd in memory',
    shape: '64-cycle',
    least: 0.25,
    to: 'beanstalkd',
  },
]

const MOST_BYTES = 200_000_000

/** What the beanstalk door must reach, from the medians of one run. */
export function beanstalkBars(summaries: Summary[]): Bar[] {
  const rate = (scenario: string) => summaries.find((one) => one.scenario.name === scenario)?.perSecond.median
  const idle = summaries.find(({ scenario }) => scenario.shape === 'idle')
  return [
    ...comparisons.map(({ words, shape, least, to = SYNCED }) =>
      judge(words, {
        figure: ratio(rate(`beanstalk-${shape}`), rate(`${to}-${shape}`)),
        show: (value) => value.toFixed(2),
        meets: (value) => value >= least,
      }),
    ),
    judge('10,000 idle connections, one at work: less than 200 MB resident', {
      figure: idle?.resident.maxBytes,
      show: (value) => `${megabytes(value)} MB`,
      meets: (value) => value < MOST_BYTES,
    }),
  ]
}
