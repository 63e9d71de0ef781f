import type { Load } from '../load/caller.ts'
import { cycle } from './cycle.ts'
import type { Measured } from './measure.ts'
import type { Times } from './scenario.ts'

/** One caller works, in cycles; all the others are connected and say nothing. */
export const idle = ({ callers, cpuSeconds }: Load, times: Times): Promise<Measured[]> =>
  cycle({ callers: callers.slice(0, 1), cpuSeconds }, times)
