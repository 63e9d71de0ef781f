import type { Sql, Transaction } from '../db/connect.ts'

type Counted = { queueId: number; slot: number; seq: number }

/** Deletes the messages whose reservation is the one given and still holds. */
export const deleteReserved = (sql: Sql, d: Counted & { ids: number[]; reservations: string[] }) => sql<
  { id: number; alerted: boolean | null }[]
>`
  with d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from unnest(${d.ids}::bigint[], ${d.reservations}::uuid[]) as t (id, reservation)
            cross join lateral (
                  select m.ctid, m.reservation, m.due_at from weldmq.messages m
                   where m.queue_id = ${d.queueId} and m.id = t.id offset 0) x
            where x.reservation = t.reservation and x.due_at > now()))
       and reservation = any(${d.reservations}::uuid[])
       and (select true from weldmq.queue_state where queue_id = ${d.queueId})
    returning id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${d.queueId}, ${d.slot}, ${d.seq}, -count(*), 0 from d having count(*) > 0)
  select id, (select alerted from weldmq.queue_state where queue_id = ${d.queueId}) as alerted from d`

/**
 * Deletes all of the listed messages, or none when one of them may not be: null stands for "nobody holds it". A row
 * that was changed while its lock was waited for would be locked but not deleted, so it too means none: once more, then.
 * A message that a subscriber has accepted is held by that one; a done one is not counted any more.
 */
export const deleteTogether = (
  sql: Sql | Transaction,
  d: Counted & { ids: number[]; reservations: (string | null)[] },
) => sql<{ id: number; alerted: boolean | null }[]>`
  with x as materialized (
    select x.ctid as c, (select true from weldmq.messages v where v.ctid = x.ctid) and case when t.reservation is null
             then (x.state <> 2 or x.due_at <= now()) and x.expires_at > now()
                  and (x.state <> 5 or not exists (
                        select from weldmq.deliveries a
                         where a.queue_id = ${d.queueId} and a.message_id = x.id and a.state + 0 = 2 and a.due_at > now()))
             else x.state = 2 and x.reservation = t.reservation and x.due_at > now() end as fits
      from (select * from unnest(${d.ids}::bigint[], ${d.reservations}::uuid[]) as t (id, reservation)
             order by id) t
     cross join lateral (
           select m.ctid, m.id, m.state, m.reservation, m.due_at, m.expires_at from weldmq.messages m
            where m.queue_id = ${d.queueId} and m.id = t.id
              and (select true from weldmq.queue_state where queue_id = ${d.queueId})
              for update) x),
  d as (
    delete from weldmq.messages
     where ctid = any(case when (select count(*) from x where fits) = cardinality(${d.ids}::bigint[])
                           then array(select c from x) else '{}'::tid[] end)
    returning id, state),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${d.queueId}, ${d.slot}, ${d.seq}, -count(*), 0 from d where state < 6 having count(*) > 0)
  select id, (select alerted from weldmq.queue_state where queue_id = ${d.queueId}) as alerted from d`

/**
 * Deletes the next `limit` messages of the queue by id, whatever their state. Fewer deleted than seen means that some
 * changed under the statement and are still there.
 */
export const deleteNext = (sql: Sql, d: Counted & { after: number; upTo: number; limit: number }) => sql<
  { seen: number; deleted: number; last: number | null; alerted: boolean | null }[]
>`
  with x as materialized (select array(
    select ctid from weldmq.messages
     where queue_id = ${d.queueId} and id > ${d.after} and id <= ${d.upTo}
     order by id limit ${d.limit} for update) as a),
  d as (delete from weldmq.messages where ctid = any(array(select unnest(a) from x)) returning id, state),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${d.queueId}, ${d.slot}, ${d.seq}, -count(*), 0 from d where state < 6 having count(*) > 0)
  select cardinality(x.a) as seen, (select count(*)::int from d) as deleted, (select max(id) from d) as last,
         (select alerted from weldmq.queue_state where queue_id = ${d.queueId}) as alerted
    from x`

/** The newest id given out so far, every message posted before having this one or a lower; null when the queue is gone. */
export const lastIdGiven = (sql: Sql, queueId: number) => sql<{ id: number | null }[]>`
  select case when (select true from weldmq.queue_state where queue_id = ${queueId})
              then case when is_called then last_value else 0 end end as id from weldmq.message_id`
