import type { Measured } from '../scenarios/measure.ts'
import type { Task } from '../scenarios/scenario.ts'

/**
 * What is measured of ours: the core in process, the same with a statement for each call, v3 or v2 through HTTP,
 * beanstalk's protocol, and that once more in a gateway that has never been busy.
 */
export type OwnName = 'core' | 'uncoalesced' | 'http' | 'v2' | 'beanstalk' | 'beanstalk-idle'

/** The others; raw SQL is the limit, not a queue. */
export type PeerName = 'graphile-worker' | 'pgmq' | 'pg-boss' | 'beanstalkd-synced' | 'beanstalkd' | 'raw-sql'

export type TargetName = OwnName | PeerName

export type Target = {
  /** The process whose memory is reported. */
  measuredPid: number
  perform(task: Task): Promise<Measured[]>
  stop(): Promise<void>
}
