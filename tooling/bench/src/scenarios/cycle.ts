import type { Caller } from '../load/caller.ts'
import { type Measured, forSeconds, measure } from './measure.ts'
import type { Times } from './scenario.ts'
import { take } from './take.ts'

/** Each caller posts a message, reserves one (whosever it is) and deletes that, one after the other. */
export async function cycle(callers: Caller[], { warmUpSeconds, seconds }: Times): Promise<Measured[]> {
  await cycleFor(callers, warmUpSeconds)
  return [await cycleFor(callers, seconds)]
}

function cycleFor(callers: Caller[], seconds: number): Promise<Measured> {
  const more = forSeconds(seconds)
  return measure('cycle', callers, async (caller) => {
    if (!more()) return 0
    await caller.post(1)
    await caller.delete(await take(caller, 1))
    return 1
  })
}
