import { Command } from 'commander'
import { describeMachine } from '../machine/describe.ts'
import { atLeast } from '../option-values.ts'
import { exitCodes, runToReport } from '../run-to-report.ts'
import { allCurves } from './curves/all-curves.ts'
import { makeHealthReport, markdownHealth } from './health-report.ts'
import { drawAll } from './plot.ts'
import { runHealth } from './run-health.ts'

type Asked = { quick?: boolean; only?: string[]; minutes?: number; list?: boolean; json?: string; svg?: string }

const USUAL_MINUTES = 10
const QUICK_SECONDS = 20

/** Whether it stays fast: under a backlog, under a held transaction, with many queues. */
export const healthCommand = new Command('health')
  .description('whether it stays fast: backlogs, held transactions, many queues, waiting across gateways')
  .option('--quick', 'about four minutes: smaller sizes, a transaction held open for 20 s')
  .option('--only <names...>', 'only these curves')
  .option('--minutes <minutes>', `how long a transaction is held open (default ${USUAL_MINUTES})`, atLeast(0.05))
  .option('--list', 'name the curves and end')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .option('--svg <folder>', 'draw each curve into this folder')
  .action(async (asked: Asked) => {
    if (asked.list) {
      for (const { name } of allCurves) console.log(name)
      return
    }
    const unknown = asked.only?.find((name) => !allCurves.some((curve) => curve.name === name))
    if (unknown !== undefined) {
      console.error(`There is no curve "${unknown}"; there are: ${allCurves.map(({ name }) => name).join(', ')}.`)
      process.exitCode = exitCodes.badArguments
      return
    }
    const quick = asked.quick ?? false
    const plan = {
      curves: asked.only ? allCurves.filter(({ name }) => asked.only!.includes(name)) : allCurves,
      quick,
      heldSeconds: asked.minutes !== undefined ? asked.minutes * 60 : quick ? QUICK_SECONDS : USUAL_MINUTES * 60,
    }
    const machine = describeMachine()
    await runToReport('bench-health', asked.json, async (say, signal) => {
      const report = makeHealthReport(await runHealth(plan, say, signal), machine)
      if (asked.svg) await drawAll(asked.svg, report.curves)
      return { report, markdown: markdownHealth(report) }
    })
  })
