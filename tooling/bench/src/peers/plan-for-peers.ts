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
  const usual = asked.quick
    ? { seconds: 0.7, warmUpSeconds: 0.3, agedLogMegabytes: 1000 }
    : { seconds: 3, warmUpSeconds: 1, agedLogMegabytes: 4000 }
  return {
    ...usual,
    scenarios: besideOurs(choose(peerScenarios, asked.only ?? [])),
    rounds: asked.rounds ?? 3,
    seconds: asked.seconds ?? usual.seconds,
    backlog: 0,
    profileDir: undefined,
    pgmqSql: asked.pgmqSql,
    // The pools of all of them stand side by side; the product by itself is content with half as many.
    settings: { max_connections: '100' },
  }
}
