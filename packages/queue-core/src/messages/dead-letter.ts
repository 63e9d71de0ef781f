import type { Alerted } from '../alerts/firing.ts'
import type { Taken } from '../line/reserving.ts'
import type { OnLine } from '../line/line.ts'
import { countIn, deadLetterQueueOf, putIn, takeOut } from './dead-letter.sql.ts'
import type { Parts } from './on-queue.ts'

/** Ends the transaction of a move whose target was deleted in the meantime. */
class TargetGone extends Error {}

/**
 * Moves messages that reserve has set aside into the dead letter queue, exactly once, in one transaction (promise I15).
 * When the setting was taken away meanwhile, they return to the queue.
 */
export async function deadLetter(parts: Parts, on: OnLine, dead: Taken[]): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const [setting] = await deadLetterQueueOf(parts.hot, on.queueId)
    const target = setting?.name
    if (!target) break
    const targetId = await parts.directory.findOrCreate(on.project, target)
    if (targetId === undefined) break
    try {
      const moved = await move(parts, on.queueId, targetId, dead)
      if (moved.out.length > 0) parts.signals.ready(targetId, moved.out.length)
      parts.firing.changed(on.queueId, moved.out)
      parts.firing.changed(targetId, moved.in)
      await parts.firing.settled(on.queueId)
      await parts.firing.settled(targetId)
      return
    } catch (fault) {
      if (!(fault instanceof TargetGone)) throw fault
      parts.directory.forget(on.project, target)
    }
  }
  await Promise.all(
    dead.map(({ id, reservation }) => parts.line.giveBack(on, { id, reservation, delaySeconds: 0, as: 'return' })),
  )
}

function move(parts: Parts, queueId: number, targetId: number, dead: Taken[]) {
  const taken = { ids: dead.map((one) => one.id), reservations: dead.map((one) => one.reservation) }
  return parts.counters.count([queueId, targetId], (slot, seq) =>
    parts.sql.begin(async (tx) => {
      const rows = await takeOut(tx, { queueId, slot, seq, ...taken })
      const stored: Alerted[] = []
      for (const row of rows) {
        const [one] = await putIn(tx, { queueId: targetId, row })
        if (!one) throw new TargetGone()
        stored.push(one)
      }
      if (rows.length > 0) await countIn(tx, { queueId: targetId, slot, seq, count: rows.length })
      return { out: rows as Alerted[], in: stored }
    }),
  )
}
