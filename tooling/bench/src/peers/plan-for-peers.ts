import type { Plan } from '../run-bench.ts'
import { choose } from '../scenarios/scenario.ts'
import { besideOurs, peerScenarios } from './peer-scenarios.ts'

/** What was asked for on the command line. */
export type AskedOfPeers = {
  quick?: boolean
  only?: string[]
  rounds?: number
  seconds?: number
  /** A file. */
  pgmqSql?: string
}

/** Fills in what was not asked for; throws a sentence when a name is unknown. */
export function planForPeers(asked: AskedOfPeers): Plan {
  const usual = asked.quick ? { seconds: 0.8, warmUpSeconds: 0.3 } : { seconds: 4, warmUpSeconds: 1 }
  return {
    scenarios: besideOurs(choose(peerScenarios, asked.only ?? [])),
    rounds: asked.rounds ?? 3,
    seconds: asked.seconds ?? usual.seconds,
    warmUpSeconds: usual.warmUpSeconds,
    backlog: 0,
    profileDir: undefined,
    pgmqSql: asked.pgmqSql,
    // The pools of all of them stand side by side; the product by itself is content with half as many.
    settings: { max_connections: '100' },
  }
}
