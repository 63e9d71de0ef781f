import { acknowledge } from '../deliveries/acknowledge.ts'
import { deleteTogether } from '../line/finish.sql.ts'
import type { OnLine } from '../line/line.ts'
import { isReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { invalid } from '../queues/check.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { lapsed, reasonAgainst } from './finding.ts'
import type { DeleteMessage, DeleteMessages } from './message.ts'
import { GONE, type Parts, onQueue, unlessInvalid } from './on-queue.ts'

/** Deletes a message by its reservation, or one that nobody has reserved; final once answered (promise I3). */
export function deleteMessage(parts: Parts, command: DeleteMessage): Promise<Result<void>> {
  const { messageId, reservationId, subscriber } = command
  if (subscriber !== undefined && reservationId !== undefined) {
    return acknowledge(parts, { ...command, subscriber, reservationId })
  }
  return onQueue(parts, command, async (on) => {
    if (reservationId === undefined) return deleteAll(parts, on, [{ messageId, reservationId }])
    if (isReservationId(reservationId)) {
      if (await parts.line.finish(on, { id: messageId, reservation: reservationId })) return ok(undefined)
      // A subscriber may have accepted it, and leave out its name.
      const found = await acknowledge(parts, { ...command, reservationId })
      if (found.ok) return found
    }
    return lapsed(parts, on, messageId, reservationId)
  })
}

/**
 * Deletes all of the messages named, or none of them. Those named with a subscriber are acknowledged first, one by one
 * (push.md K3): the first that is refused ends the call.
 */
export function deleteMessages(parts: Parts, command: DeleteMessages): Promise<Result<void>> {
  const { messages } = command
  const { min, max } = limits.count
  const wrong =
    messages.length < min || messages.length > max ? invalid('ids', `must hold ${min} to ${max} messages`) : undefined
  return unlessInvalid(parts, command, wrong, async (on) => {
    const left: DeleteMessages['messages'] = []
    for (const { subscriber, ...one } of messages) {
      const { reservationId } = one
      if (subscriber === undefined || reservationId === undefined) {
        left.push(one)
        continue
      }
      const done = await acknowledge(parts, { ...command, ...one, subscriber, reservationId })
      if (!done.ok) return done
    }
    return left.length > 0 ? deleteAll(parts, on, left) : ok(undefined)
  })
}

/** All of them, or none; without a reservation named, only what nobody holds. */
export async function deleteAll(parts: Parts, on: OnLine, asked: DeleteMessages['messages']) {
  const distinct = [...new Map(asked.map((one) => [`${one.messageId} ${one.reservationId}`, one])).values()]
  const sane = distinct.every(({ reservationId }) => reservationId === undefined || isReservationId(reservationId))
  // A row that changed under the statement is not deleted by it although nothing is wrong with it: once more, then.
  for (let attempt = 0; attempt < 5; attempt++) {
    if (sane && (await deleteOnce(parts, on, distinct))) return ok(undefined)
    const reason = await reasonAgainst(parts, on, distinct)
    if (reason) return reason === GONE ? GONE : refuse(reason)
  }
  return refuse({ kind: 'reservation_lapsed', id: distinct[0]!.messageId })
}

async function deleteOnce(parts: Parts, { queueId }: OnLine, asked: DeleteMessages['messages']): Promise<boolean> {
  const ids = asked.map(({ messageId }) => messageId)
  const reservations = asked.map(({ reservationId }) => reservationId ?? null)
  const deleted = await parts.counters.count(queueId, (slot, seq) =>
    deleteTogether(parts.hot, { queueId, slot, seq, ids, reservations }),
  )
  parts.firing.changed(queueId, deleted)
  await parts.firing.settled(queueId)
  return deleted.length === asked.length
}
