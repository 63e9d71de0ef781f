import type { Scenario, Shape } from '../scenarios/scenario.ts'
import type { TargetName } from '../targets/target.ts'

/** Where the bars are. */
const CLIENTS = 64
const IDLE_CLIENTS = 10_000

const named = (target: TargetName, clients: number, shape: Shape): Scenario => ({
  name: `${target}-${clients}-${shape}`,
  target,
  clients,
  shape,
})

const servers: TargetName[] = ['beanstalk', 'beanstalkd-synced', 'beanstalkd']

/** In turns: the same program does the same with ours and with beanstalkd, one right after the other. */
export const beanstalkScenarios: Scenario[] = [
  ...servers.map((target) => named(target, CLIENTS, 'posts')),
  ...servers.map((target) => named(target, CLIENTS, 'cycle')),
  ...servers.map((target) => named(target, 1, 'ahead')),
  ...servers.map((target) => named(target, 1, 'cycle')),
  { name: 'beanstalk-idle', target: 'beanstalk-idle', clients: IDLE_CLIENTS, shape: 'idle' },
]
