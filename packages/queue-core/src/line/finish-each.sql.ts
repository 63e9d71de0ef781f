import type { Sql } from '../db/connect.ts'

/** The same as deleteReserved for messages of several queues; `among` names each of these queues once. */
export const deleteEach = (
  sql: Sql,
  d: { among: number[]; queueIds: number[]; ids: number[]; reservations: string[]; slot: number; seq: number },
) => sql<{ id: number; alerted_queues: number[] | null }[]>`
  with s as materialized (
    select s.queue_id, s.alerted from unnest(${d.among}::bigint[]) as a (queue_id)
     cross join lateral (
           select queue_id, alerted from weldmq.queue_state where queue_id = a.queue_id offset 0) s),
  d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from unnest(${d.queueIds}::bigint[], ${d.ids}::bigint[], ${d.reservations}::uuid[])
                              as t (queue_id, id, reservation)
            cross join lateral (
                  select m.ctid, m.reservation, m.due_at from weldmq.messages m
                   where m.queue_id = t.queue_id and m.id = t.id offset 0) x
            where x.reservation = t.reservation and x.due_at > now()
              and t.queue_id = any(array(select queue_id from s))))
       and reservation = any(${d.reservations}::uuid[])
    returning queue_id, id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select queue_id, ${d.slot}, ${d.seq}, -count(*), 0 from d group by queue_id)
  select id, (select array_agg(queue_id) from s where alerted) as alerted_queues from d`
