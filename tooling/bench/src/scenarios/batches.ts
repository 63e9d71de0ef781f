import type { Load } from '../load/caller.ts'
import { type Measured, forSeconds, measure } from './measure.ts'
import type { Times } from './scenario.ts'
import { take } from './take.ts'

/** The most that v3 lets one request carry. */
export const BATCH = 100

/** Posts batches for a while, then takes all of that in batches, each deleted whole by whoever reserved it. */
export async function batches(load: Load, { warmUpSeconds, seconds }: Times): Promise<Measured[]> {
  await postThenTake(load, warmUpSeconds)
  return postThenTake(load, seconds)
}

async function postThenTake(load: Load, seconds: number): Promise<Measured[]> {
  const more = forSeconds(seconds)
  const posted = await measure(`post ${BATCH}`, load, async (caller) => {
    if (!more()) return 0
    await caller.post(BATCH)
    return BATCH
  })

  let left = posted.messages
  const taken = await measure(`reserve + delete ${BATCH}`, load, async (caller) => {
    if (left <= 0) return 0
    const wanted = Math.min(BATCH, left)
    left -= wanted
    const held = await take(caller, wanted)
    left += wanted - held.length
    await caller.delete(held)
    return held.length
  })
  return [posted, taken]
}
