import type { Sql } from '../db/connect.ts'

/**
 * Sets aside the messages whose reservations still hold, in the order given and behind all that were buried before:
 * the lane of a buried message is its place among them. A priority of -1 stays as it is.
 */
export const buryReserved = (
  sql: Sql,
  b: { queueId: number; ids: number[]; reservations: string[]; priorities: number[] },
) => sql<{ id: number }[]>`
  with n as materialized (
    select array(select nextval('weldmq.message_id') from generate_series(1, cardinality(${b.ids}::bigint[]))) as a)
  update weldmq.messages m
     set (lane, priority) = (
           select ((select a from n)::bigint[])[i],
                  case when (${b.priorities}::bigint[])[i] >= 0 then (${b.priorities}::bigint[])[i] else m.priority end
             from (select array_position(${b.reservations}::uuid[], m.reservation) as i) p),
         state = 3,
         due_at = null,
         reservation = null,
         holder = null,
         buries = coalesce(buries, 0) + 1,
         expires_at = greatest(expires_at, now())
   where ctid = any(array(
         select x.ctid from unnest(${b.ids}::bigint[], ${b.reservations}::uuid[]) as t (id, reservation)
          cross join lateral (
                select m.ctid, m.reservation, m.due_at from weldmq.messages m
                 where m.queue_id = ${b.queueId} and m.id = t.id offset 0) x
          where x.reservation = t.reservation and x.due_at > now()))
     and reservation = any(${b.reservations}::uuid[])
     and (select true from weldmq.queue_state where queue_id = ${b.queueId})
  returning id`

/** Makes up to `limit` buried messages ready again, those buried first before others. */
export const kickBuried = (sql: Sql, k: { queueId: number; limit: number }) => sql<{ id: number }[]>`
  update weldmq.messages
     set state = 0, kicks = coalesce(kicks, 0) + 1,
         lane = (select cur from weldmq.queue_state where queue_id = ${k.queueId})
   where ctid = any(array(
         select ctid from weldmq.messages
          where queue_id = ${k.queueId} and state = 3 and expires_at > now()
          order by lane limit ${k.limit} for update skip locked))
     and (select true from weldmq.queue_state where queue_id = ${k.queueId})
  returning id`

/** Makes up to `limit` delayed messages ready now, those due first before others. */
export const kickDelayed = (sql: Sql, k: { queueId: number; limit: number }) => sql<{ id: number }[]>`
  update weldmq.messages
     set state = 0, due_at = null, kicks = coalesce(kicks, 0) + 1,
         lane = (select cur from weldmq.queue_state where queue_id = ${k.queueId})
   where ctid = any(array(
         select ctid from weldmq.messages
          where queue_id = ${k.queueId} and state = 1 and expires_at > now()
          order by due_at, id limit ${k.limit} for update skip locked))
     and (select true from weldmq.queue_state where queue_id = ${k.queueId})
  returning id`

/** Makes that message ready if it is buried or delayed. */
export const kickById = (sql: Sql, k: { queueId: number; id: number }) => sql<{ id: number }[]>`
  update weldmq.messages
     set state = 0, due_at = null, kicks = coalesce(kicks, 0) + 1,
         lane = (select cur from weldmq.queue_state where queue_id = ${k.queueId})
   where ctid = any(array(
         select m.ctid from weldmq.messages m
          where m.queue_id = ${k.queueId} and m.id = ${k.id} and m.state + 0 in (1, 3) and m.expires_at > now()
            for update))
     and (select true from weldmq.queue_state where queue_id = ${k.queueId})
  returning id`

type Seen = { id: number; body: Buffer }

/** The one that a kick would take first. */
export const firstBuried = (sql: Sql, queueId: number) => sql<Seen[]>`
  select id, body from weldmq.messages
   where queue_id = ${queueId} and state = 3 and expires_at > now() order by lane limit 1`

/** The one that is due first. */
export const firstDelayed = (sql: Sql, queueId: number) => sql<Seen[]>`
  select id, body from weldmq.messages
   where queue_id = ${queueId} and state = 1 and due_at > now() and expires_at > now() order by due_at, id limit 1`
