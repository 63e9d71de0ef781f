import type { Caller, Held } from '../load/caller.ts'

/** Reserves until something is there; more empty answers than this mean that messages were lost. */
const MOST_EMPTY_ANSWERS = 1000

export async function take(caller: Caller, count: number): Promise<Held[]> {
  for (let attempt = 0; attempt < MOST_EMPTY_ANSWERS; attempt++) {
    const held = await caller.reserve(count)
    if (held.length > 0) return held
  }
  throw new Error(`${MOST_EMPTY_ANSWERS} reserves in a row were empty although messages must be ready`)
}
