import type { Sql, Transaction } from '../db/connect.ts'

export type DeliveryRow = {
  subscriber: number
  state: number
  tries: number
  status_code: number
  last_try_at: Date | null
  failure: string | null
  tried: unknown
  /** An attempt is under way, or was accepted and may still be acknowledged. */
  open: boolean
}

/** The deliveries of one message. */
export const deliveriesOf = (sql: Sql, queueId: number, messageId: number) => sql<DeliveryRow[]>`
  select subscriber, state, tries, status_code, last_try_at, failure, tried, state in (1, 2) and due_at > now() as open
    from weldmq.deliveries where queue_id = ${queueId} and message_id = ${messageId} order by subscriber`

/**
 * Ends a delivery as done: with a reservation, if that attempt is under way or may still be acknowledged; without, if
 * it has not ended. An attempt whose answer was not written down yet is counted.
 */
export const acknowledgeOne = (
  tx: Transaction,
  a: { queueId: number; messageId: number; subscribers: number[]; reservation: string | null; keepSeconds: number },
) => tx<{ subscriber: number }[]>`
  update weldmq.deliveries
     set state = 3, status_code = 200, failure = null, due_at = now() + make_interval(secs => ${a.keepSeconds}::int),
         tries = tries + case when state = 1 then 1 else 0 end,
         last_try_at = coalesce(last_try_at, now())
   where queue_id = ${a.queueId} and message_id = ${a.messageId} and subscriber = any(${a.subscribers}::bigint[])
     and case when ${a.reservation}::uuid is null then state + 0 < 3
              else state + 0 in (1, 2) and reservation = ${a.reservation}::uuid and due_at > now() end
  returning subscriber`

/** Gives an accepted delivery another term under another reservation. */
export const touchAccepted = (
  sql: Sql,
  t: { queueId: number; messageId: number; reservation: string; newReservation: string; seconds: number },
) => sql<{ reservation: string }[]>`
  update weldmq.deliveries
     set reservation = ${t.newReservation}::uuid, due_at = now() + make_interval(secs => ${t.seconds}::int)
   where queue_id = ${t.queueId} and message_id = ${t.messageId} and state + 0 = 2
     and reservation = ${t.reservation}::uuid and due_at > now()
  returning replace(reservation::text, '-', '') as reservation`
