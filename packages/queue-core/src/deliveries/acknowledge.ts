import type { Transaction } from '../db/connect.ts'
import { findById } from '../line/look.sql.ts'
import type { OnLine } from '../line/line.ts'
import { isReservationId, newReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { GONE, type Parts, onQueue } from '../messages/on-queue.ts'
import type { StoredPush } from '../queues/push.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import {
  type AcknowledgedRow,
  acknowledgeHeld,
  acknowledgeOne,
  deliveriesOf,
  setTried,
  touchAccepted,
} from './acknowledge.sql.ts'
import { ANYBODY } from './claiming.ts'
import { deliveryId } from './delivery-id.ts'
import { readDelivering } from './due.sql.ts'
import { endAll } from './recording.ts'
import { withAttempt } from './settle.ts'

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
  const end = (tx: Transaction) => acknowledgeIn(tx, on, push, [{ messageId, subscriber, reservationId }])
  if (await ends(parts, on, end)) return ok(undefined)
  return unlessThere(parts, on, messageId, { kind: 'reservation_lapsed', id: messageId })
}

async function byDelivery(parts: Parts, on: OnLine, messageId: number, push: StoredPush, wanted: string) {
  const { queueId } = on
  const rows = await deliveriesOf(parts.hot, queueId, messageId)
  const row = rows.find((one) => deliveryId(push.key, messageId, one.subscriber) === wanted)
  if (!row) return refuse({ kind: 'message_not_found', id: messageId })
  const { subscriber } = row
  const end = (tx: Transaction) => acknowledgeOne(tx, { queueId, messageId, subscriber, keepSeconds })
  if (row.state < 3) await ends(parts, on, end)
  return ok(undefined)
}

/** An element of a batch, as far as it says which delivery it is about. */
export type Acknowledged = { messageId: number; reservationId?: string | undefined; subscriber?: string | undefined }

/**
 * Ends those of the deliveries that are held like this; their messages still have to be told (recording.ts). A reservation
 * alone is enough, a name has to be that of the subscriber it was given to.
 */
export async function acknowledgeIn(tx: Transaction, { queueId }: OnLine, push: StoredPush, asked: Acknowledged[]) {
  const known = [...push.subscribers, ...push.removed]
  const held = asked.flatMap(({ messageId, reservationId, subscriber }) => {
    const ids = known.filter(({ name }) => name === subscriber).map(({ id }) => id)
    const isNobody = subscriber !== undefined && ids.length === 0
    if (reservationId === undefined || !isReservationId(reservationId) || isNobody) return []
    const receivers = subscriber === undefined ? null : `{${ids.join(',')}}`
    return [{ messageId, reservationId, receivers, receiver: ids[0] }]
  })
  if (held.length === 0) return []
  const messageIds = held.map((one) => one.messageId)
  const reservations = held.map((one) => one.reservationId)
  const receivers = held.map((one) => one.receivers)
  const rows = await acknowledgeHeld(tx, { queueId, messageIds, reservations, receivers, keepSeconds })
  for (const row of rows.filter(({ subscriber }) => subscriber === ANYBODY)) {
    const by = held.find((one) => one.messageId === row.message_id && one.reservationId === row.reservation)
    const tried = by?.receiver === undefined ? undefined : triedBefore(row, by.receiver)
    if (tried) await setTried(tx, { queueId, messageId: row.message_id, tried: JSON.stringify(tried) })
  }
  return rows
}

/** Of a unicast queue: with the one that has done it before its answer said that it would; undefined when it has said so. */
function triedBefore({ tried, tries }: AcknowledgedRow, receiver: number) {
  if (tried?.at(-1)?.id === receiver) return undefined
  const standing = { tried: tried ?? [], tries: tries - 1, receiver, candidates: [receiver], now: new Date() }
  return withAttempt(standing, { statusCode: 200 })
}

const keepSeconds = limits.statusKeepSeconds

/** True when there was such a delivery, and it is done now. */
const ends = (
  { hot, counters }: Parts,
  { queueId }: OnLine,
  end: (tx: Transaction) => Promise<readonly { message_id: number }[]>,
): Promise<boolean> =>
  counters.count(
    queueId,
    (slot, seq) =>
      hot.begin(async (tx) => {
        const ended = await end(tx)
        const of = ended.map((row) => ({ queueId, messageId: row.message_id }))
        await endAll(tx, of, { slot, seq })
        return ended.length > 0
      }) as Promise<boolean>,
  )

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
