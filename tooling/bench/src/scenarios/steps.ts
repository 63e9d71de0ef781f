import type { Held, Load } from '../load/caller.ts'
import { cycle } from './cycle.ts'
import { type Measured, forSeconds, measure } from './measure.ts'
import type { Times } from './scenario.ts'
import { take } from './take.ts'

/** Posts for a while, then reserves all of that, then deletes all of it: one message per request. */
export async function steps(load: Load, times: Times): Promise<Measured[]> {
  await cycle(load, { warmUpSeconds: 0, seconds: times.warmUpSeconds })

  const more = forSeconds(times.seconds)
  const posted = await measure('post', load, async (caller) => {
    if (!more()) return 0
    await caller.post(1)
    return 1
  })

  const held: Held[] = []
  let left = posted.messages
  const reserved = await measure('reserve', load, async (caller) => {
    if (left === 0) return 0
    left--
    held.push(...(await take(caller, 1)))
    return 1
  })

  let next = 0
  const deleted = await measure('delete', load, async (caller) => {
    const one = held[next++]
    if (!one) return 0
    await caller.delete([one])
    return 1
  })
  return [posted, reserved, deleted]
}
