import { deleteNext, lastIdGiven } from '../line/finish.sql.ts'
import { type Result, ok } from '../refusal.ts'
import { GONE, type Parts, onQueue } from './on-queue.ts'

/** Messages per statement: long enough to be quick, short enough that nobody waits for its locks. */
const BATCH = 5000

/** Deletes every message that was posted before, in whatever state; later ones stay. */
export function clearQueue(parts: Parts, command: { project: string; queue: string }): Promise<Result<void>> {
  return onQueue(parts, command, async ({ queueId }) => {
    const [newest] = await lastIdGiven(parts.hot, queueId)
    const upTo = newest!.id
    if (upTo === null) return GONE
    parts.signals.cleared(queueId, upTo)
    for (let after = 0; ;) {
      const [round] = await parts.counters.count(queueId, (slot, seq) =>
        deleteNext(parts.hot, { queueId, slot, seq, after, upTo, limit: BATCH }),
      )
      const { seen, deleted, last } = round!
      if (deleted < seen) continue
      if (seen < BATCH || last === null) {
        // Once for all batches: to alerts one call is one change.
        parts.firing.changed(queueId, [round!])
        await parts.firing.settled(queueId)
        return ok(undefined)
      }
      after = last
    }
  })
}
