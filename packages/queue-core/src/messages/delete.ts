import { acknowledge } from '../deliveries/acknowledge.ts'
import { deleteTogether } from '../line/finish.sql.ts'
import type { OnLine } from '../line/line.ts'
import { isReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { invalid } from '../queues/check.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { lapsed, reasonAgainst } from './finding.ts'
import type { DeleteMessage, DeleteMessages } from './message.ts'
import { endTogether } from './end-together.ts'
import { GONE, type Parts, onQueue, unlessInvalid } from './on-queue.ts'

/**
 * Deletes a message by its reservation, or one that nobody has reserved; final once answered (promise I3). With a
 * subscriber its acceptance is acknowledged; on a pull queue the name says nothing.
 */
export function deleteMessage(parts: Parts, command: DeleteMessage): Promise<Result<void>> {
  const { messageId, reservationId, subscriber } = command
  return onQueue(parts, command, async (on) => {
    if (reservationId === undefined) return deleteAll(parts, on, [{ messageId, reservationId }])
    if (isReservationId(reservationId)) {
      const held = () => parts.line.finish(on, { id: messageId, reservation: reservationId })
      // A subscriber that has accepted it may leave out its name.
      const accepted = async () => (await acknowledge(parts, { ...command, reservationId })).ok
      for (const way of subscriber === undefined ? [held, accepted] : [accepted, held]) {
        if (await way()) return ok(undefined)
      }
    }
    return lapsed(parts, on, messageId, reservationId)
  })
}

/** Deletes all of the messages named, or none of them. For those named with a subscriber, acknowledging is deleting. */
export function deleteMessages(parts: Parts, command: DeleteMessages): Promise<Result<void>> {
  const { messages } = command
  const isNamed = messages.some(({ subscriber }) => subscriber !== undefined)
  return unlessInvalid(parts, command, checkCount(messages), (on) =>
    isNamed ? endTogether(parts, on, messages, deleteAll) : deleteAll(parts, on, messages),
  )
}

/** The same for deliveries that were accepted, and for nothing else (push.md K3). */
export const acknowledgeAll = (
  parts: Parts,
  command: DeleteMessages & { messages: Required<DeleteMessages['messages'][number]>[] },
): Promise<Result<void>> =>
  unlessInvalid(parts, command, checkCount(command.messages), (on) => endTogether(parts, on, command.messages))

function checkCount({ length }: readonly unknown[]) {
  const { min, max } = limits.count
  return length < min || length > max ? invalid('ids', `must hold ${min} to ${max} messages`) : undefined
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
