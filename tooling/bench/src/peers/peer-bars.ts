import type { Bar } from '../report/bars.ts'
import type { Row } from '../report/row.ts'
import type { Summary } from '../report/summarise.ts'
import type { PeerName, TargetName } from '../targets/target.ts'

const operations = { cycle: 'cycle', post: 'post 100', take: 'reserve + delete 100' }

type Comparison = {
  of: keyof typeof operations
  with: PeerName
  words: string
  least?: number
  /** Where that is less than `least`: what the best design tried has reached; RESULTS.md says why it is no more. */
  reached?: number
}

/** Those with a `least` are what the project demands of itself; the others are there to be seen. */
const comparisons: Comparison[] = [
  { of: 'cycle', with: 'graphile-worker', words: 'graphile-worker, add + work', least: 3.5 },
  { of: 'cycle', with: 'pgmq', words: 'pgmq, send + read + delete', least: 3.5, reached: 2 },
  { of: 'cycle', with: 'pg-boss', words: 'pg-boss, send + fetch + complete', least: 12, reached: 4 },
  { of: 'cycle', with: 'beanstalkd-synced', words: 'beanstalkd -b -f0' },
  { of: 'cycle', with: 'beanstalkd', words: 'beanstalkd, in memory only' },
  { of: 'post', with: 'raw-sql', words: 'raw SQL', least: 0.45 },
  { of: 'post', with: 'graphile-worker', words: 'graphile-worker, add_jobs' },
  { of: 'post', with: 'pgmq', words: 'pgmq, send_batch' },
  { of: 'post', with: 'pg-boss', words: 'pg-boss, insert' },
  { of: 'post', with: 'beanstalkd-synced', words: 'beanstalkd -b -f0, pipelined' },
  { of: 'post', with: 'beanstalkd', words: 'beanstalkd, in memory only, pipelined' },
  { of: 'take', with: 'raw-sql', words: 'raw SQL', least: 0.4 },
  { of: 'take', with: 'graphile-worker', words: 'graphile-worker, work' },
  { of: 'take', with: 'pgmq', words: 'pgmq, read + delete' },
  { of: 'take', with: 'pg-boss', words: 'pg-boss, fetch + complete' },
  { of: 'take', with: 'beanstalkd-synced', words: 'beanstalkd -b -f0, pipelined' },
  { of: 'take', with: 'beanstalkd', words: 'beanstalkd, in memory only, pipelined' },
]

export type PeerBar = Bar & {
  /** What the figure must reach, where the project demands something. */
  least: number | undefined
  /** What it reaches with the best design tried, where that is less. */
  reached: number | undefined
}

/** How many times as much v3 through HTTP does: of the medians of the run, and of each round by itself. */
export function peerBars(summaries: Summary[], rows: Row[]): PeerBar[] {
  return comparisons.flatMap((comparison): PeerBar[] => {
    const operation = operations[comparison.of]
    const says = saying(comparison)
    const { least, reached } = comparison
    const ours = medianOf(summaries, 'http', operation)
    const theirs = medianOf(summaries, comparison.with, operation)
    if (ours === undefined || theirs === undefined) {
      const nothing = { says, figure: undefined, shown: 'not measured', met: undefined, least, reached }
      return least === undefined ? [] : [nothing]
    }
    const figure = ours / theirs
    const rounds = ratiosByRound(rows, comparison.with, operation)
    const shown = `${times(figure)} (${times(Math.min(...rounds))} to ${times(Math.max(...rounds))})`
    return [{ says, figure, shown, met: least === undefined ? undefined : figure >= least, least, reached }]
  })
}

/**
 * Those that fall below a share of what is demanded, or of what has been reached where that is less; what was not
 * measured does not.
 */
export const farBelow = (bars: PeerBar[], share: number): PeerBar[] =>
  bars.filter(
    ({ figure, least = 0, reached = least }) => figure !== undefined && figure < Math.min(least, reached) * share,
  )

const saying = ({ of, words, least }: Comparison) =>
  `${operations[of]}: v3 HTTP against ${words}${least === undefined ? '' : `, at least ${least} times`}`

const times = (value: number) => value.toFixed(2)

const medianOf = (summaries: Summary[], target: TargetName, operation: string) =>
  summaries.find((one) => one.scenario.target === target && one.operation === operation)?.perSecond.median

function ratiosByRound(rows: Row[], peer: PeerName, operation: string): number[] {
  const rates = (target: TargetName) =>
    new Map(
      rows
        .filter((row) => row.scenario.target === target && row.operation === operation)
        .map((row) => [row.round, row.perSecond]),
    )
  const theirs = rates(peer)
  return [...rates('http')].flatMap(([round, rate]) => {
    const other = theirs.get(round)
    return other === undefined ? [] : [rate / other]
  })
}
