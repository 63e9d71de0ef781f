import type { Sql, Transaction } from '../db/connect.ts'

type Counted = { slot: number; seq: number }

export type DeadRow = {
  id: number
  position: number
  priority: number
  reserved_count: number
  body: Buffer
  push_headers: string | null
  timeout_seconds: number | null
  alerted: boolean | null
}

/** Where the queue's dead letters go, as it is now. */
export const deadLetterQueueOf = (sql: Sql, queueId: number) => sql<{ name: string | null }[]>`
  select dead_letter_queue as name from weldmq.queue_state where queue_id = ${queueId}`

/** Takes the messages out of their queue, where the reservations made for the move still hold. */
export const takeOut = (tx: Transaction, t: Counted & { queueId: number; ids: number[]; reservations: string[] }) => tx<
  DeadRow[]
>`
  with d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from unnest(${t.ids}::bigint[], ${t.reservations}::uuid[]) as t (id, reservation)
            cross join lateral (
                  select m.ctid, m.reservation, m.due_at from weldmq.messages m
                   where m.queue_id = ${t.queueId} and m.id = t.id offset 0) x
            where x.reservation = t.reservation and x.due_at > now()))
       and reservation = any(${t.reservations}::uuid[])
    returning id, position, priority, reserved_count, body, push_headers::text as push_headers,
              timeout_seconds),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${t.queueId}, ${t.slot}, ${t.seq}, -count(*), 0 from d having count(*) > 0)
  select d.*, (select alerted from weldmq.queue_state where queue_id = ${t.queueId}) as alerted from d`

/**
 * Puts one message into its dead letter queue: id, body and count stay, the expiration is the target's. It enters a
 * return lane, since its id is older than what the target's fresh lane may already have passed. The lock keeps a target
 * that only sessions named from being dropped as empty.
 */
export const putIn = (tx: Transaction, p: { queueId: number; row: DeadRow }) => tx<
  { id: number; alerted: boolean | null }[]
>`
  insert into weldmq.messages
         (queue_id, id, position, priority, lane, state, reserved_count, expires_at, push_headers, body,
          timeout_seconds)
  select queue_id, ${p.row.id}, ${p.row.position}, ${p.row.priority}, cur, 0, ${p.row.reserved_count},
         now() + make_interval(secs => message_expiration), ${p.row.push_headers}::text::jsonb, ${p.row.body},
         ${p.row.timeout_seconds}::bigint
    from weldmq.queue_state where queue_id = ${p.queueId} for key share
  returning id, (select alerted from weldmq.queue_state where queue_id = ${p.queueId}) as alerted`

export const countIn = (tx: Transaction, c: Counted & { queueId: number; count: number }) => tx`
  insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
  values (${c.queueId}, ${c.slot}, ${c.seq}, ${c.count}, ${c.count})`
