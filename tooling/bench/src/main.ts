import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { describeMachine } from './machine/describe.ts'
import { type Asked, planFor } from './plan.ts'
import { startProgress } from './progress.ts'
import { makeReport, markdownReport } from './report/report.ts'
import { type Plan, runBench } from './run-bench.ts'

const exitCodes = { fault: 1, badArguments: 2, stopped: 130 }

const command = new Command('npm run bench --')
  .description('Measures the core in process and v3 through HTTP, side by side on one throwaway Postgres.')
  .option('--quick', 'about a minute: one short round')
  .option('--only <names...>', 'only these scenarios, for example: core-64 http-64-cycle')
  .option('--rounds <count>', 'how often everything is measured; figures are medians (default 3)', atLeast(1, true))
  .option('--seconds <seconds>', 'how long each is measured in a round (default 1.5)', atLeast(0.1))
  .option('--backlog <messages>', 'also cycle in a queue where so many stand, for example 1000000', atLeast(1, true))
  .option('--cpu-prof <folder>', 'write CPU profiles of the measured processes into this folder')
  .option('--list', 'name the scenarios and end')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .parse()
const asked = command.opts<Asked & { list?: boolean; json?: string }>()

let plan: Plan
try {
  plan = planFor(asked)
} catch (fault) {
  console.error((fault as Error).message)
  process.exit(exitCodes.badArguments)
}
if (asked.list) {
  for (const { name } of plan.scenarios) console.log(name)
  process.exit()
}

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort(signal))

const machine = describeMachine()
const progress = startProgress()
try {
  const report = makeReport(plan, await runBench(plan, progress.say, stopped.signal), machine)
  const file = asked.json ?? join(tmpdir(), `weldmq-bench-${report.at.replaceAll(':', '')}.json`)
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
  progress.done()
  console.log(`\n${markdownReport(report)}\n\nAll figures: ${file}`)
} catch (fault) {
  progress.failed(stopped.signal.aborted ? 'stopped' : 'failed')
  if (!stopped.signal.aborted) console.error(fault)
  process.exitCode = stopped.signal.aborted ? exitCodes.stopped : exitCodes.fault
}

function atLeast(least: number, isWhole = false) {
  return (text: string) => {
    const value = Number(text)
    if (value >= least && (!isWhole || Number.isSafeInteger(value))) return value
    throw new InvalidArgumentError(`Must be ${isWhole ? 'a whole number' : 'a number'}, at least ${least}.`)
  }
}
