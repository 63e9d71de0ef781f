import type { Scenario, Shape } from '../scenarios/scenario.ts'
import type { TargetName } from '../targets/target.ts'

/** Where the bars of the project are. */
const CLIENTS = 64
/** As many as raw SQL has connections: one under way on each. */
const BATCH_CLIENTS = 4

const queues: TargetName[] = ['http', 'graphile-worker', 'pgmq', 'pg-boss', 'beanstalkd-synced', 'beanstalkd']
const withTheLimit: TargetName[] = ['http', 'raw-sql', ...queues.filter((name) => name !== 'http')]

/** In turns: each round does the same with ours and with every peer, one right after the other. */
export const peerScenarios: Scenario[] = [
  ...queues.map((target) => named(target, CLIENTS, 'cycle')),
  ...withTheLimit.map((target) => named(target, BATCH_CLIENTS, 'batches')),
]

function named(target: TargetName, clients: number, shape: Shape): Scenario {
  return { name: `${target}-${clients}-${shape}`, target, clients, shape }
}

/** Some of them, and ours beside each, since a peer's figure says nothing by itself. */
export function besideOurs(chosen: Scenario[]): Scenario[] {
  const shapes = new Set(chosen.map(({ shape }) => shape))
  return peerScenarios.filter((one) => chosen.includes(one) || (one.target === 'http' && shapes.has(one.shape)))
}
