import type { Load } from '../load/caller.ts'
import { BATCH } from './batches.ts'
import { cycle } from './cycle.ts'
import { type Measured, measure } from './measure.ts'
import type { Times } from './scenario.ts'

/** Cycles at the front of a queue in which so many messages stand; they stay there, since each cycle adds one. */
export async function backlog(load: Load, times: Times & { fill: number }): Promise<Measured[]> {
  let left = times.fill
  await measure('fill', load, async (caller) => {
    const count = Math.min(BATCH, left)
    left -= count
    if (count > 0) await caller.post(count)
    return count
  })
  return cycle(load, times)
}
