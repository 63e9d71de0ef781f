import { Command } from 'commander'
import { describeMachine } from './machine/describe.ts'
import { atLeast } from './option-values.ts'
import { type Asked, planFor } from './plan.ts'
import { bars } from './report/bars.ts'
import { makeReport, markdownReport } from './report/report.ts'
import { type Plan, runBench } from './run-bench.ts'
import { exitCodes, runToReport } from './run-to-report.ts'

/** The core in process and v3 through HTTP, side by side. */
export const oursCommand = new Command('ours')
  .description('(when no command is named) the core in process and v3 through HTTP, side by side')
  .option('--quick', 'about a minute: one short round')
  .option('--only <names...>', 'only these scenarios, for example: core-64 http-64-cycle')
  .option('--rounds <count>', 'how often everything is measured; figures are medians (default 3)', atLeast(1, true))
  .option('--seconds <seconds>', 'how long each is measured in a round (default 1.5)', atLeast(0.1))
  .option('--backlog <messages>', 'also cycle in a queue where so many stand, for example 1000000', atLeast(1, true))
  .option('--cpu-prof <folder>', 'write CPU profiles of the measured processes into this folder')
  .option('--list', 'name the scenarios and end')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .action(async (asked: Asked & { list?: boolean; json?: string }) => {
    let plan: Plan
    try {
      plan = planFor(asked)
    } catch (fault) {
      console.error((fault as Error).message)
      process.exitCode = exitCodes.badArguments
      return
    }
    if (asked.list) {
      for (const { name } of plan.scenarios) console.log(name)
      return
    }
    const machine = describeMachine()
    await runToReport('bench', asked.json, async (say, signal) => {
      const report = makeReport(plan, await runBench(plan, say, signal), machine, bars)
      return { report, markdown: markdownReport(report) }
    })
  })
