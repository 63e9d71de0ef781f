import type { Sql } from '../db/connect.ts'

/** The same as deleteReserved for messages of several queues; `among` names each of these queues once. */
export const deleteEach = (
  sql: Sql,
  d: { among: number[]; queueIds: number[]; ids: number[]; reservations: string[]; slot: number; seq: number },
) => sql<{ id: number }[]>`
  with d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from unnest(${d.queueIds}::bigint[], ${d.ids}::bigint[], ${d.reservations}::uuid[])
                              as t (queue_id, id, reservation)
            cross join lateral (
                  select m.ctid, m.reservation, m.due_at from weldmq.messages m
                   where m.queue_id = t.queue_id and m.id = t.id offset 0) x
            where x.reservation = t.reservation and x.due_at > now()
              and t.queue_id = any(array(
                  select s.queue_id from unnest(${d.among}::bigint[]) as a (queue_id)
                   cross join lateral (
                         select queue_id from weldmq.queue_state where queue_id = a.queue_id offset 0) s))))
       and reservation = any(${d.reservations}::uuid[])
    returning queue_id, id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select queue_id, ${d.slot}, ${d.seq}, -count(*), 0 from d group by queue_id)
  select id from d`
