import type { Load } from '../load/caller.ts'
import { type Measured, forSeconds, measure } from './measure.ts'
import type { Times } from './scenario.ts'

/** Requests that a caller has under way at once. */
const AHEAD = 256

/** Posts one message after the other. What is posted stays there. */
export const posts = (load: Load, times: Times): Promise<Measured[]> => postBy(load, times, 1, 'post')

/** The same with so many requests sent before the first is answered, through doors that post one message at a time. */
export const ahead = (load: Load, times: Times): Promise<Measured[]> =>
  postBy(load, times, AHEAD, `post, ${AHEAD} ahead`)

async function postBy(load: Load, { warmUpSeconds, seconds }: Times, count: number, operation: string) {
  const postFor = (duration: number) => {
    const more = forSeconds(duration)
    return measure(operation, load, async (caller) => {
      if (!more()) return 0
      await caller.post(count)
      return count
    })
  }
  await postFor(warmUpSeconds)
  return [await postFor(seconds)]
}
