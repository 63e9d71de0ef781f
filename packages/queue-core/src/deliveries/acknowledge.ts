import { findById } from '../line/look.sql.ts'
import type { OnLine } from '../line/line.ts'
import { isReservationId, newReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { GONE, type Parts, onQueue } from '../messages/on-queue.ts'
import type { StoredPush } from '../queues/push.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import { acknowledgeOne, deliveriesOf, touchAccepted } from './acknowledge.sql.ts'
import { deliveryId } from './delivery-id.ts'
import { readDelivering } from './due.sql.ts'
import { endAll } from './recording.ts'

type OnMessage = { project: string; queue: string; messageId: number }
type By = { subscriber?: string | undefined; reservationId: string } | { deliveryId: string }

/**
 * The receiver has done its work (push.md 4.3). By reservation: while the attempt is under way, or accepted and in time.
 * By the delivery's own id: whenever it has not ended otherwise; one that is done already is no mistake.
 */
export const acknowledge = (parts: Parts, command: OnMessage & By): Promise<Result<void>> =>
  onQueue(parts, command, async (on) => {
    const [row] = await readDelivering(parts.sql, [on.queueId])
    if (!row) return GONE
    const { messageId } = command
    if (!row.push) return unlessThere(parts, on, messageId, { kind: 'reservation_lapsed', id: messageId })
    return 'deliveryId' in command
      ? byDelivery(parts, on, messageId, row.push, command.deliveryId)
      : byReservation(parts, on, messageId, row.push, command)
  })

async function byReservation(
  parts: Parts,
  on: OnLine,
  messageId: number,
  push: StoredPush,
  { subscriber, reservationId }: Extract<By, { reservationId: string }>,
) {
  const known = [...push.subscribers, ...push.removed]
  const named = known.filter(({ name }) => subscriber === undefined || name === subscriber).map(({ id }) => id)
  // Of a unicast queue any of them may have taken it.
  const lanes = named.length > 0 ? [...named, 0] : []
  if (isReservationId(reservationId) && (await end(parts, on, messageId, lanes, reservationId))) return ok(undefined)
  return unlessThere(parts, on, messageId, { kind: 'reservation_lapsed', id: messageId })
}

async function byDelivery(parts: Parts, on: OnLine, messageId: number, push: StoredPush, wanted: string) {
  const rows = await deliveriesOf(parts.hot, on.queueId, messageId)
  const row = rows.find((one) => deliveryId(push.key, messageId, one.subscriber) === wanted)
  if (!row) return refuse({ kind: 'message_not_found', id: messageId })
  if (row.state < 3) await end(parts, on, messageId, [row.subscriber], null)
  return ok(undefined)
}

/** True when there was such a delivery, and it is done now. */
function end(parts: Parts, { queueId }: OnLine, messageId: number, subscribers: number[], reservation: string | null) {
  return parts.counters.count(queueId, (slot, seq) =>
    parts.hot.begin(async (tx) => {
      const keepSeconds = limits.statusKeepSeconds
      const ended = await acknowledgeOne(tx, { queueId, messageId, subscribers, reservation, keepSeconds })
      await endAll(
        tx,
        ended.map(() => ({ queueId, messageId })),
        { slot, seq },
      )
      return ended.length > 0
    }),
  ) as Promise<boolean>
}

async function unlessThere({ hot }: Parts, { queueId }: OnLine, id: number, refusal: Refusal) {
  const [found] = await findById(hot, { queueId, id })
  return refuse(found ? refusal : { kind: 'message_not_found', id })
}

/** Another term for a delivery that was accepted, for as long as asked for; undefined when there is none (push.md K10). */
export async function touchDelivery(
  { hot }: Pick<Parts, 'hot'>,
  { queueId }: OnLine,
  t: { messageId: number; reservation: string; timeoutSeconds: number },
): Promise<string | undefined> {
  const seconds = t.timeoutSeconds || limits.retriesDelaySeconds.default
  const newReservation = newReservationId()
  const [touched] = await touchAccepted(hot, { queueId, ...t, newReservation, seconds })
  return touched?.reservation
}
