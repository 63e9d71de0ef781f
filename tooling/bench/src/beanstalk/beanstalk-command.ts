import { Command } from 'commander'
import { describeMachine } from '../machine/describe.ts'
import { atLeast } from '../option-values.ts'
import { makeReport, markdownReport } from '../report/report.ts'
import { type Plan, runBench } from '../run-bench.ts'
import { exitCodes, runToReport } from '../run-to-report.ts'
import { choose } from '../scenarios/scenario.ts'
import { beanstalkBars } from './beanstalk-bars.ts'
import { beanstalkScenarios } from './beanstalk-scenarios.ts'

type Asked = {
  quick?: boolean
  only?: string[]
  rounds?: number
  seconds?: number
  cpuProf?: string
  list?: boolean
  json?: string
}

/** Our beanstalk door and beanstalkd, in turns. */
export const beanstalkCommand = new Command('beanstalk')
  .description('the beanstalk door and beanstalkd itself in turns, by the same clients')
  .option('--quick', 'about a minute: one short round')
  .option('--only <names...>', 'only these scenarios, for example: beanstalk beanstalkd-synced-64-cycle')
  .option('--rounds <count>', 'how often everything is measured; figures are medians (default 3)', atLeast(1, true))
  .option('--seconds <seconds>', 'how long each is measured in a round (default 3)', atLeast(0.1))
  .option('--cpu-prof <folder>', 'write CPU profiles of the gateway there')
  .option('--list', 'name the scenarios and end')
  .option('--json <file>', 'where to write the figures (default: a new file in the temp folder)')
  .action(async (asked: Asked) => {
    if (asked.list) {
      for (const { name } of beanstalkScenarios) console.log(name)
      return
    }
    let plan: Plan
    try {
      plan = planFor(asked)
    } catch (fault) {
      console.error((fault as Error).message)
      process.exitCode = exitCodes.badArguments
      return
    }
    const machine = describeMachine()
    await runToReport('beanstalk', asked.json, async (say, signal) => {
      const report = makeReport(plan, await runBench(plan, say, signal), machine, beanstalkBars)
      return { report, markdown: markdownReport(report) }
    })
  })

/** Fills in what was not asked for; throws a sentence when a name is unknown. */
function planFor(asked: Asked): Plan {
  const usual = asked.quick
    ? { rounds: 1, seconds: 0.7, warmUpSeconds: 0.3, agedLogMegabytes: 1000 }
    : { rounds: 3, seconds: 3, warmUpSeconds: 1, agedLogMegabytes: 4000 }
  return {
    ...usual,
    scenarios: choose(beanstalkScenarios, asked.only ?? []),
    rounds: asked.rounds ?? usual.rounds,
    seconds: asked.seconds ?? usual.seconds,
    backlog: 0,
    profileDir: asked.cpuProf,
  }
}
