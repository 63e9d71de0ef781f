import type { Sql } from '../db/connect.ts'

type Counted = { queueId: number; slot: number; seq: number }

/**
 * Deletes the messages listed, whoever holds them. A row that changes meanwhile may be left although nothing is wrong
 * with it: the caller looks and asks once more. No lock and no second look is needed: every version of it may go.
 */
export const deleteById = (sql: Sql, d: Counted & { ids: number[] }) => sql<{ id: number; alerted: boolean | null }[]>`
  with d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from unnest(${d.ids}::bigint[]) as t (id)
            cross join lateral (
                  select m.ctid, m.state, m.due_at, m.expires_at from weldmq.messages m
                   where m.queue_id = ${d.queueId} and m.id = t.id offset 0) x
            where x.expires_at > now() or (x.state = 2 and x.due_at > now())))
       and (select true from weldmq.queue_state where queue_id = ${d.queueId})
    returning id, state),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${d.queueId}, ${d.slot}, ${d.seq}, -count(*), 0 from d where state < 6 having count(*) > 0)
  select id, (select alerted from weldmq.queue_state where queue_id = ${d.queueId}) as alerted from d`

/** The same for messages of several queues; `among` names each of these queues once. */
export const deleteEachById = (
  sql: Sql,
  d: { among: number[]; queueIds: number[]; ids: number[]; slot: number; seq: number },
) => sql<{ id: number; alerted_queues: number[] | null }[]>`
  with s as materialized (
    select s.queue_id, s.alerted from unnest(${d.among}::bigint[]) as a (queue_id)
     cross join lateral (
           select queue_id, alerted from weldmq.queue_state where queue_id = a.queue_id offset 0) s),
  d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from unnest(${d.queueIds}::bigint[], ${d.ids}::bigint[]) as t (queue_id, id)
            cross join lateral (
                  select m.ctid, m.state, m.due_at, m.expires_at from weldmq.messages m
                   where m.queue_id = t.queue_id and m.id = t.id offset 0) x
            where (x.expires_at > now() or (x.state = 2 and x.due_at > now()))
              and t.queue_id = any(array(select queue_id from s))))
    returning queue_id, id, state),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select queue_id, ${d.slot}, ${d.seq}, -count(*), 0 from d where state < 6 group by queue_id)
  select id, (select array_agg(queue_id) from s where alerted) as alerted_queues from d`

/**
 * Starts an open reservation on each message that nobody holds, and a new term of the open one on each that has it; for
 * the message's own timeout, or else the queue's. Leaves alone what is held in another way, what is buried, and
 * what is owed to subscribers.
 */
export const touchById = (sql: Sql, t: { queueId: number; ids: number[]; newReservations: string[] }) => sql<
  { id: number }[]
>`
  update weldmq.messages m
     set reservation = case when state = 2 and due_at > now() then reservation
                            else (${t.newReservations}::uuid[])[array_position(${t.ids}::bigint[], m.id)] end,
         state = 2, holder = 0, reserved_count = reserved_count + 1,
         due_at = now() + make_interval(secs => coalesce(timeout_seconds,
           (select message_timeout from weldmq.queue_state where queue_id = ${t.queueId})))
   where ctid = any(array(
         select x.ctid from (select * from unnest(${t.ids}::bigint[]) as t (id) order by id) t
          cross join lateral (
                select m.ctid, m.state, m.holder, m.due_at, m.expires_at from weldmq.messages m
                 where m.queue_id = ${t.queueId} and m.id = t.id offset 0 for update) x
          where case when x.state = 2 and x.due_at > now() then x.holder = 0
                     else x.state < 3 and x.expires_at > now() end))
     and (select true from weldmq.queue_state where queue_id = ${t.queueId})
  returning id`

/**
 * Ends open reservations: the message goes to the end of the line, at once or after its delay. Of a message that nobody
 * holds only the delay is applied; one of 0 changes nothing, and such a message is not among the answers.
 */
export const releaseById = (sql: Sql, r: { queueId: number; ids: number[]; delaysSeconds: number[] }) => sql<
  { id: number }[]
>`
  update weldmq.messages m
     set (state, due_at, delay_seconds) = (
           select case when delay > 0 then 1 else 0 end,
                  case when delay > 0 then now() + make_interval(secs => delay) end, nullif(delay, 0)
             from (select (${r.delaysSeconds}::bigint[])[array_position(${r.ids}::bigint[], m.id)] as delay) w),
         position = case when state = 2 and holder = 0 then nextval('weldmq.message_id') else position end,
         releases = case when state = 2 then coalesce(releases, 0) + 1 else releases end,
         lane = (select cur from weldmq.queue_state where queue_id = ${r.queueId}),
         expires_at = greatest(expires_at, now()), reservation = null, holder = null
   where ctid = any(array(
         select x.ctid
           from (select * from unnest(${r.ids}::bigint[], ${r.delaysSeconds}::bigint[]) as t (id, delay) order by id) t
          cross join lateral (
                select m.ctid, m.state, m.holder, m.due_at, m.expires_at from weldmq.messages m
                 where m.queue_id = ${r.queueId} and m.id = t.id offset 0 for update) x
          where case when x.state = 2 and x.due_at > now() then x.holder = 0
                     else x.state < 3 and x.expires_at > now() and (x.state = 2 or t.delay > 0) end))
     and (select true from weldmq.queue_state where queue_id = ${r.queueId})
  returning id`
