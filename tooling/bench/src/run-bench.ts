import { join } from 'node:path'
import { startPostgres } from './machine/postgres.ts'
import { watchResident } from './machine/resident.ts'
import { makeTemporaryFolder } from './machine/temporary-folder.ts'
import type { Row } from './report/row.ts'
import type { Scenario, Times } from './scenarios/scenario.ts'
import { LeftOut } from './targets/left-out.ts'
import { type Targets, openTargets } from './targets/open-targets.ts'
import type { TargetName } from './targets/target.ts'

export type Plan = Times & {
  scenarios: Scenario[]
  rounds: number
  /** Messages that stand in the queue in the backlog scenarios. */
  backlog: number
  profileDir: string | undefined
  /** The file of pgmq's functions, for whoever measures that too. */
  pgmqSql?: string | undefined
  /** How much is written to the log of changes before anything is measured. */
  agedLogMegabytes?: number
  /** Settings of Postgres other than the product's. */
  settings?: Record<string, string>
}

/** `leftOut` holds a sentence for each target that this machine lacks. */
export type Ran = { rows: Row[]; leftOut: string[]; postgresVersion: string }

/**
 * Does every scenario once per round, so that a slow moment of the machine meets all of them alike. Everything it has
 * started is stopped, and every file removed, however it ends; aborting the signal ends it early.
 */
export async function runBench(plan: Plan, say: (text: string) => void, signal: AbortSignal): Promise<Ran> {
  const folder = await makeTemporaryFolder()
  try {
    say('starting Postgres')
    const postgres = await startPostgres(join(folder.path, 'data'), plan.settings)
    const targets = openTargets(postgres, {
      folder: folder.path,
      profileDir: plan.profileDir,
      pgmqSql: plan.pgmqSql,
    })
    try {
      if (plan.agedLogMegabytes) await postgres.ageLog(plan.agedLogMegabytes)
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      const { rows, leftOut } = await Promise.race([allRounds(plan, targets, say, signal), aborted])
      return { rows, leftOut, postgresVersion: postgres.version }
    } finally {
      say('stopping')
      try {
        await targets.stop()
      } finally {
        await postgres.stop()
      }
    }
  } finally {
    await folder.remove()
  }
}

async function allRounds(plan: Plan, targets: Targets, say: (text: string) => void, signal: AbortSignal) {
  const rows: Row[] = []
  const leftOut = new Map<TargetName, string>()
  for (let round = 1; round <= plan.rounds; round++) {
    for (const scenario of plan.scenarios) {
      signal.throwIfAborted()
      if (leftOut.has(scenario.target)) continue
      say(`round ${round} of ${plan.rounds}: ${scenario.name}`)
      try {
        rows.push(...(await oneScenario(plan, scenario, round, targets)))
      } catch (fault) {
        if (!(fault instanceof LeftOut)) throw fault
        say(fault.message)
        leftOut.set(scenario.target, fault.message)
      }
    }
  }
  return { rows, leftOut: [...new Set(leftOut.values())] }
}

async function oneScenario(plan: Plan, scenario: Scenario, round: number, targets: Targets): Promise<Row[]> {
  const target = await targets.get(scenario.target)
  const task = {
    queue: scenario.shape === 'backlog' ? scenario.name : `${scenario.name}-${round}`,
    clients: scenario.clients,
    shape: scenario.shape,
    warmUpSeconds: plan.warmUpSeconds,
    seconds: plan.seconds,
    fill: scenario.shape === 'backlog' && round === 1 ? plan.backlog : 0,
  }
  const { value: measured, resident } = await watchResident(target.measuredPid, () => target.perform(task))
  return measured.map((one) => ({ scenario, round, ...one, resident }))
}
