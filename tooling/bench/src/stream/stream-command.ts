import { Command } from 'commander'
import { describeMachine, machineLine } from '../machine/describe.ts'
import { atLeast } from '../option-values.ts'
import { barsTable } from '../report/bars-table.ts'
import { whole } from '../report/units.ts'
import { exitCodes, runToReport } from '../run-to-report.ts'
import { type StreamPlan, measurements, runStream } from './run-stream.ts'
import { type StreamFigures, median, streamBars } from './stream-bars.ts'

type Asked = {
  quick?: boolean
  only?: string[]
  rounds?: number
  seconds?: number
  list?: boolean
  cpuProf?: string
  json?: string
}

/** The stream through gateways as they ship, beside the core in process. */
export const streamCommand = new Command('stream')
  .description('the live stream: its rate beside the core in process, waking across gateways, what idle sockets cost')
  .option('--quick', 'about a minute: fewer sockets and messages, one short round')
  .option('--only <names...>', `only some of ${measurements.join(', ')}`)
  .option('--rounds <count>', 'how often the rates are measured; figures are medians (default 3)', atLeast(1, true))
  .option('--seconds <seconds>', 'how long each is measured in a round (default 3)', atLeast(0.1))
  .option('--cpu-prof <folder>', 'write CPU profiles of the gateways there')
  .option('--list', 'name the measurements and end')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .action(async (asked: Asked) => {
    if (asked.list) {
      for (const name of measurements) console.log(name)
      return
    }
    const unknown = asked.only?.find((name) => !measurements.some((one) => one === name))
    if (unknown !== undefined) {
      console.error(`There is no measurement "${unknown}"; there are: ${measurements.join(', ')}.`)
      process.exitCode = exitCodes.badArguments
      return
    }
    const machine = describeMachine()
    await runToReport('stream', asked.json, async (say, signal) => {
      const { figures, postgresVersion } = await runStream(planFor(asked), say, signal)
      const bars = streamBars(figures)
      const at = new Date().toISOString()
      const head = `${at}, PostgreSQL ${postgresVersion}, ${machineLine(machine)}`
      const report = { at, machine, postgres: postgresVersion, figures, bars }
      return { report, markdown: [head, lines(figures), barsTable(bars)].join('\n\n') }
    })
  })

/** Fills in what was not asked for. */
function planFor(asked: Asked): StreamPlan {
  const usual = asked.quick
    ? { rounds: 1, seconds: 1.5, warmUpSeconds: 0.5, wakes: 200, sockets: 1000, waiting: 100_000 }
    : { rounds: 3, seconds: 3, warmUpSeconds: 1, wakes: 2000, sockets: 10_000, waiting: 1_000_000 }
  return {
    ...usual,
    only: measurements.filter((name) => asked.only?.includes(name) ?? true),
    rounds: asked.rounds ?? usual.rounds,
    seconds: asked.seconds ?? usual.seconds,
    nodeOptions: asked.cpuProf ? ['--cpu-prof', `--cpu-prof-dir=${asked.cpuProf}`] : [],
  }
}

function lines({
  streamPerSecond,
  corePerSecond,
  wakeFromSending,
  wakeFromAnswer,
  idle,
  stopped,
}: StreamFigures): string {
  const rate = (values: number[]) => `${whole(median(values)!)} messages/s (${values.map(whole).join(', ')})`
  const both = ([p50, p99]: [number, number]) => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`
  const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`
  return [
    streamPerSecond.length > 0 && `- one socket, credit 200, consume with delete: ${rate(streamPerSecond)}`,
    corePerSecond.length > 0 && `- the core in process, two callers, reserve and delete 100: ${rate(corePerSecond)}`,
    wakeFromSending && `- from sending a post to its message at another gateway: ${both(wakeFromSending)}`,
    wakeFromAnswer && `- from the answer to the post: ${both(wakeFromAnswer)}`,
    idle && `- ${whole(idle.sockets)} idle subscribed sockets: ${idle.kilobytesEach.toFixed(1)} KB each`,
    stopped &&
      `- a reader that stops, ${whole(stopped.waiting)} messages waiting: ${stopped.reserved} reserved, ` +
        `${megabytes(stopped.beforeBytes)} resident before, ${megabytes(stopped.afterBytes)} after`,
  ]
    .filter(Boolean)
    .join('\n')
}
