import { Command } from 'commander'
import { describeMachine } from '../machine/describe.ts'
import { atLeast } from '../option-values.ts'
import { makeReport, markdownReport } from '../report/report.ts'
import { type Plan, runBench } from '../run-bench.ts'
import { exitCodes, runToReport } from '../run-to-report.ts'
import { farBelow, peerBars } from './peer-bars.ts'
import { type AskedOfPeers, planForPeers } from './plan-for-peers.ts'
import { peerScenarios } from './peer-scenarios.ts'

type Asked = AskedOfPeers & { list?: boolean; json?: string; failBelow?: number; retries?: number }

/** Ours and the other queues, in turns. */
export const peersCommand = new Command('peers')
  .description('v3 through HTTP and the other queues in turns, on one Postgres')
  .option('--quick', 'about a minute and a half: three short rounds')
  .option('--only <names...>', 'only these scenarios, ours beside them, for example: pg-boss raw-sql-4-batches')
  .option('--rounds <count>', 'how often everything is measured; figures are medians (default 3)', atLeast(1, true))
  .option('--seconds <seconds>', 'how long each is measured in a round (default 3)', atLeast(0.1))
  .option('--pgmq-sql <file>', "the file of pgmq's functions; without it pgmq is left out")
  .option(
    '--fail-below <share>',
    'fail when a ratio is below this share of what is demanded of it, or of what it has reached',
    atLeast(0),
  )
  .option('--retries <count>', 'how often to measure again before that fails the run (default 0)', atLeast(0, true))
  .option('--list', 'name the scenarios and end')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .action(async (asked: Asked) => {
    if (asked.list) {
      for (const { name } of peerScenarios) console.log(name)
      return
    }
    let plan: Plan
    try {
      plan = planForPeers(asked)
    } catch (fault) {
      console.error((fault as Error).message)
      process.exitCode = exitCodes.badArguments
      return
    }
    const machine = describeMachine()
    await runToReport('peers', asked.json, async (say, signal) => {
      for (let retries = asked.retries ?? 0; ; retries--) {
        const report = makeReport(plan, await runBench(plan, say, signal), machine, peerBars)
        const low = farBelow(peerBars(report.summaries, report.rows), asked.failBelow ?? 0)
        const failures = low.map(({ says, shown }) => `Far below what is demanded: ${says}: ${shown}`)
        if (failures.length === 0 || retries <= 0) return { report, markdown: markdownReport(report), failures }
        for (const failure of failures) say(`${failure}; measured again`)
      }
    })
  })
