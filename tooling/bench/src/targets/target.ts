import type { Measured } from '../scenarios/measure.ts'
import type { Task } from '../scenarios/scenario.ts'

/** What is measured: the core in process, the same with a statement for each call, or v3 through HTTP. */
export type TargetName = 'core' | 'uncoalesced' | 'http'

export type Target = {
  /** The process whose memory is reported. */
  measuredPid: number
  perform(task: Task): Promise<Measured[]>
  stop(): Promise<void>
}
