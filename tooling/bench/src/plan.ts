import { type Plan } from './run-bench.ts'
import { allScenarios, choose } from './scenarios/scenario.ts'

/** What was asked for on the command line. */
export type Asked = {
  quick?: boolean
  only?: string[]
  rounds?: number
  seconds?: number
  /** Messages; without it the backlog scenarios are left out. */
  backlog?: number
  cpuProf?: string
}

/** Fills in what was not asked for; throws a sentence when a name is unknown. */
export function planFor(asked: Asked): Plan {
  const usual = asked.quick
    ? { rounds: 1, seconds: 0.8, warmUpSeconds: 0.4 }
    : { rounds: 3, seconds: 1.5, warmUpSeconds: 0.5 }
  return {
    scenarios: choose(allScenarios({ backlog: asked.backlog !== undefined }), asked.only ?? []),
    rounds: asked.rounds ?? usual.rounds,
    seconds: asked.seconds ?? usual.seconds,
    warmUpSeconds: usual.warmUpSeconds,
    backlog: asked.backlog ?? 0,
    profileDir: asked.cpuProf,
  }
}
