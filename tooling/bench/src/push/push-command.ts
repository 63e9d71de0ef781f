import { Command } from 'commander'
import { describeMachine, machineLine } from '../machine/describe.ts'
import { judge } from '../report/bars.ts'
import { barsTable } from '../report/bars-table.ts'
import { milliseconds, whole } from '../report/units.ts'
import { runToReport } from '../run-to-report.ts'
import { type PushFigures, runPush } from './run-push.ts'

type Asked = { quick?: boolean; json?: string; cpuProf?: string }

/** Deliveries to subscribers. */
export const pushCommand = new Command('push')
  .description('deliveries to subscribers: how many, how soon beside one that hangs, and with a million waiting')
  .option('--quick', 'about a minute: fewer deliveries, a hundred thousand waiting')
  .option('--cpu-prof <folder>', 'write CPU profiles of the pusher there')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .action(async ({ quick = false, json, cpuProf }: Asked) => {
    const machine = describeMachine()
    await runToReport('bench-push', json, async (say, signal) => {
      const figures = await runPush({ quick, profileDir: cpuProf }, say, signal)
      const bars = barsOf(figures)
      const at = new Date().toISOString()
      const markdown = `${at}, ${machineLine(machine)}\n\n${barsTable(bars)}`
      return { report: { at, machine, figures, bars }, markdown }
    })
  })

function barsOf({ throughput, delivery, claim }: PushFigures) {
  const enough = Math.min(5000, throughput.alone / 2)
  const [hanging, answering] = [p99Of(delivery.hanging), p99Of(delivery.answering)]
  const times = (a: number, b: number) => (value: number) =>
    `${value.toFixed(2)} times (${milliseconds(a)} and ${milliseconds(b)} ms)`
  return [
    judge(`deliveries/s to one subscriber: at least ${whole(enough)} (undici alone: ${whole(throughput.alone)})`, {
      figure: throughput.perSecond,
      show: whole,
      meets: (value) => value >= enough,
    }),
    judge('p99 from post to arrival beside a subscriber that hangs: at most 1.2 times that without one', {
      figure: hanging / answering,
      show: times(hanging, answering),
      meets: (value) => value <= 1.2,
    }),
    judge(`p99 of a claim of 50 with ${whole(claim.waiting)} waiting: at most 1.3 times that with 1,000`, {
      figure: claim.many.p99 / claim.few.p99,
      show: times(claim.many.p99, claim.few.p99),
      meets: (value) => value <= 1.3,
    }),
  ]
}

/** The median of the rounds. */
const p99Of = (rounds: { p99: number }[]) =>
  rounds.map(({ p99 }) => p99).sort((a, b) => a - b)[Math.floor(rounds.length / 2)]!
