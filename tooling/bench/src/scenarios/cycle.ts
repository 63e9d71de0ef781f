import type { Load } from '../load/caller.ts'
import { type Measured, forSeconds, measure } from './measure.ts'
import type { Times } from './scenario.ts'
import { take } from './take.ts'

/** Each caller posts a message, reserves one (whosever it is) and deletes that, one after the other. */
export async function cycle(load: Load, { warmUpSeconds, seconds }: Times): Promise<Measured[]> {
  await cycleFor(load, warmUpSeconds)
  return [await cycleFor(load, seconds)]
}

function cycleFor(load: Load, seconds: number): Promise<Measured> {
  const more = forSeconds(seconds)
  return measure('cycle', load, async (caller) => {
    if (!more()) return 0
    await caller.post(1)
    await caller.delete(await take(caller, 1))
    return 1
  })
}
