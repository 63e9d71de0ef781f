import type { TargetName } from '../targets/target.ts'

/** What the callers of a scenario do. */
export type Shape = 'steps' | 'cycle' | 'batches' | 'backlog' | 'posts' | 'ahead' | 'idle'

export type Times = { warmUpSeconds: number; seconds: number }

/** One scenario, once, as the process that does it is told. */
export type Task = Times & {
  queue: string
  clients: number
  shape: Shape
  /** Messages to put into the queue before a backlog is measured; 0 when they are there from an earlier round. */
  fill: number
}

export type Scenario = { name: string; target: TargetName; clients: number; shape: Shape }

const CLIENTS = [1, 8, 64, 256]
const BATCH_CLIENTS = 4
/** Where the bars of the project are. */
const MAIN_CLIENTS = 64

/** Every scenario, those of one size of one door after the other door's, so that noise of the machine meets both. */
export function allScenarios({ backlog }: { backlog: boolean }): Scenario[] {
  const named = (target: TargetName, clients: number, shape: Shape): Scenario => ({
    name: `${target}-${clients}-${shape}`,
    target,
    clients,
    shape,
  })
  const bothDoors = (clients: number, shape: Shape) => [named('core', clients, shape), named('http', clients, shape)]
  return [
    ...CLIENTS.flatMap((clients) => [...bothDoors(clients, 'steps'), ...bothDoors(clients, 'cycle')]),
    named('v2', MAIN_CLIENTS, 'cycle'),
    ...bothDoors(BATCH_CLIENTS, 'batches'),
    named('uncoalesced', MAIN_CLIENTS, 'steps'),
    named('uncoalesced', MAIN_CLIENTS, 'cycle'),
    ...(backlog ? bothDoors(MAIN_CLIENTS, 'backlog') : []),
  ]
}

/** Those whose name is given, or begins with what is given and a dash: `core-64` means both its scenarios. */
export function choose(scenarios: Scenario[], names: string[]): Scenario[] {
  const chosen = (given: string) => (name: string) => name === given || name.startsWith(`${given}-`)
  for (const given of names) {
    if (scenarios.some(({ name }) => chosen(given)(name))) continue
    throw new Error(`There is no scenario "${given}"; there are: ${scenarios.map(({ name }) => name).join(', ')}.`)
  }
  return names.length === 0 ? scenarios : scenarios.filter(({ name }) => names.some((given) => chosen(given)(name)))
}
