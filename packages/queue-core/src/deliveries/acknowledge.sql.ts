import type { Sql, Transaction } from '../db/connect.ts'
import type { StoredTried } from './tried.ts'

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

export type AcknowledgedRow = {
  message_id: number
  subscriber: number
  reservation: string
  tries: number
  tried: StoredTried[] | null
}

/** The deliveries of one message. */
export const deliveriesOf = (sql: Sql, queueId: number, messageId: number) => sql<DeliveryRow[]>`
  select subscriber, state, tries, status_code, last_try_at, failure, tried, state in (1, 2) and due_at > now() as open
    from weldmq.deliveries where queue_id = ${queueId} and message_id = ${messageId} order by subscriber`

/**
 * Ends deliveries as done, each by its reservation: those whose attempt is under way, or may still be acknowledged.
 * `receivers` names who says so, as an array of ids in Postgres's spelling, null for nobody in particular: the subscriber
 * whose delivery it is; of a unicast queue the one that has accepted it, and before the answer that says so was written
 * down, any. An attempt whose answer was not written down yet is counted.
 */
export const acknowledgeHeld = (
  tx: Transaction,
  a: {
    queueId: number
    messageIds: number[]
    reservations: string[]
    receivers: (string | null)[]
    keepSeconds: number
  },
) => tx<AcknowledgedRow[]>`
  update weldmq.deliveries d
     set state = 3, status_code = 200, failure = null, due_at = now() + make_interval(secs => ${a.keepSeconds}::int),
         tries = tries + case when state = 1 then 1 else 0 end,
         last_try_at = coalesce(last_try_at, now())
   where ctid = any(array(
         select x.ctid
           from unnest(${a.messageIds}::bigint[], ${a.reservations}::uuid[], ${a.receivers}::text[])
                  as t (message_id, reservation, receivers)
          cross join lateral (
                select e.ctid, e.subscriber, e.state, e.reservation, e.due_at, e.tried from weldmq.deliveries e
                 where e.queue_id = ${a.queueId} and e.message_id = t.message_id offset 0) x
          where x.reservation = t.reservation and x.state in (1, 2) and x.due_at > now()
            and (t.receivers is null or x.subscriber = any(t.receivers::bigint[])
                 or (x.subscriber = 0
                     and (x.state = 1 or (x.tried->-1->>'id')::bigint = any(t.receivers::bigint[]))))))
     and d.reservation = any(${a.reservations}::uuid[]) and d.state + 0 in (1, 2) and d.due_at > now()
  returning d.message_id, d.subscriber, replace(d.reservation::text, '-', '') as reservation, d.tries, d.tried`

/** Sets what the subscribers of a unicast queue have said about a message, as JSON. */
export const setTried = (tx: Transaction, s: { queueId: number; messageId: number; tried: string }) => tx`
  update weldmq.deliveries set tried = ${s.tried}::text::jsonb
   where queue_id = ${s.queueId} and message_id = ${s.messageId} and subscriber = 0`

/** Ends a delivery as done if it has not ended. An attempt whose answer was not written down yet is counted. */
export const acknowledgeOne = (
  tx: Transaction,
  a: { queueId: number; messageId: number; subscriber: number; keepSeconds: number },
) => tx<{ message_id: number }[]>`
  update weldmq.deliveries
     set state = 3, status_code = 200, failure = null, due_at = now() + make_interval(secs => ${a.keepSeconds}::int),
         tries = tries + case when state = 1 then 1 else 0 end,
         last_try_at = coalesce(last_try_at, now())
   where queue_id = ${a.queueId} and message_id = ${a.messageId} and subscriber = ${a.subscriber} and state + 0 < 3
  returning message_id`

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
