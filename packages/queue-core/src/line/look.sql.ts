import type { Sql } from '../db/connect.ts'
import type { Hints } from './reserve.sql.ts'

export type SeenRow = {
  id: number
  body: Buffer
  reserved_count: number
  priority: number
  /** How long an open reservation lasts that names no timeout. */
  timeout: number
}

export type FoundRow = SeenRow & {
  status: 'ready' | 'delayed' | 'reserved' | 'buried' | 'owed' | 'done'
  /** Who may act for the reservation (db/schema.ts). */
  holder: number | null
}

/** What a reserve would take now, in its order, without taking it. */
export const peekReady = (sql: Sql, p: { queueId: number; count: number; hints: Hints }) => sql<
  (SeenRow & { present: boolean | null })[]
>`
  with q as materialized (
    select prios, marks, low, cur, message_timeout from weldmq.queue_state where queue_id = ${p.queueId}),
  c as materialized (
    (select s.* from (select p.priority, greatest(p.mark, p.hint) as mark
               from q cross join unnest(q.prios, q.marks, ${p.hints.marks}::bigint[]) as p (priority, mark, hint)
              where p.priority is not null order by p.priority) f
      cross join lateral (
            select id, priority, position, reserved_count, body, timeout_seconds from weldmq.messages
             where queue_id = ${p.queueId} and state = 0 and lane = 0
               and priority = f.priority and position > f.mark and expires_at > now()
             order by position limit ${p.count}) s
      limit ${p.count})
    union all
    (select s.* from q
      cross join lateral generate_series(greatest(q.low, ${p.hints.low}::bigint), q.cur) e
      cross join lateral (
            select id, priority, position, reserved_count, body, timeout_seconds from weldmq.messages
             where queue_id = ${p.queueId} and state = 0 and lane = e and expires_at > now()
             order by priority, position limit ${p.count}) s))
  select (select true from q) as present, m.*
    from (select true) one
    left join lateral (
         select id, priority, reserved_count, body,
                coalesce(timeout_seconds, (select message_timeout from q)) as timeout
           from c order by priority, position limit ${p.count}) m on true`

/** One message in any state, unless it has expired and nobody holds it. */
export const findById = (sql: Sql, f: { queueId: number; id: number }) => sql<FoundRow[]>`
  select id, body, reserved_count, priority, holder,
         coalesce(timeout_seconds,
           (select message_timeout from weldmq.queue_state where queue_id = ${f.queueId})) as timeout,
         case when state = 3 then 'buried' when state = 6 then 'done' when state >= 4 then 'owed' when state = 0 or due_at <= now() then 'ready'
              when state = 1 then 'delayed' else 'reserved' end as status
    from weldmq.messages
   where queue_id = ${f.queueId} and id = ${f.id}
     and (expires_at > now() or (state = 2 and due_at > now()))
     and (select true from weldmq.queue_state where queue_id = ${f.queueId})`

/** Why an operation on these messages found nothing to do. */
export const inspect = (sql: Sql, i: { queueId: number; ids: number[] }) => sql<
  { present: boolean | null; id: number | null; held: boolean; reservation: string | null }[]
>`
  select (select true from weldmq.queue_state where queue_id = ${i.queueId}) as present, x.*
    from (select true) one
    left join lateral (
         select x.id, x.reservation,
                case when x.state = 5 then exists (
                       select from weldmq.deliveries a
                        where a.queue_id = ${i.queueId} and a.message_id = x.id and a.state + 0 = 2 and a.due_at > now())
                     else x.state = 2 and x.due_at > now() end as held
           from unnest(${i.ids}::bigint[]) as t (id)
          cross join lateral (
                select m.id, m.state, m.due_at, m.expires_at, m.reservation from weldmq.messages m
                 where m.queue_id = ${i.queueId} and m.id = t.id offset 0) x
          where x.expires_at > now() or (x.state = 2 and x.due_at > now())) x on true`
