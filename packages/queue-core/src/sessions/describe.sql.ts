import type { Sql } from '../db/connect.ts'

/** In which of the project's queues the message is; ids are unique over all queues, but the key begins with the queue. */
export const locate = (sql: Sql, project: string, id: number) => sql<{ queue_id: number; name: string }[]>`
  select q.id as queue_id, q.name from weldmq.queues q
   cross join lateral (
         select 1 from weldmq.messages m
          where m.queue_id = q.id and m.id = ${id} and m.state + 0 < 6
            and (m.expires_at > now() or (m.state + 0 = 2 and m.due_at > now()))
          limit 1) x
   where q.project_id = ${project} limit 1`

export type MessageRow = {
  state: number
  priority: number
  age: number
  delay: number
  timeout: number
  left: number
  reserves: number
  timeouts: number
  releases: number
  buries: number
  kicks: number
}

/** One message with all that is counted about it; what is due by now is ready, what is owed to subscribers reserved. */
export const describeById = (sql: Sql, queueId: number, id: number) => sql<MessageRow[]>`
  select case when m.state > 3 then 2 when m.due_at <= now() then 0 else m.state end::int as state, m.priority,
         extract(epoch from now() - m.created_at)::float8 as age, coalesce(m.delay_seconds, 0) as delay,
         coalesce(m.timeout_seconds, (select message_timeout from weldmq.queue_state where queue_id = ${queueId})) as timeout,
         coalesce(greatest(extract(epoch from m.due_at - now()), 0), 0)::float8 as left,
         m.reserved_count as reserves, coalesce(m.timeouts, 0) as timeouts, coalesce(m.releases, 0) as releases,
         coalesce(m.buries, 0) as buries, coalesce(m.kicks, 0) as kicks
    from weldmq.messages m where m.queue_id = ${queueId} and m.id = ${id}`

export type GaugeRow = {
  queue_id: number
  urgent: number
  ready: number
  delayed: number
  buried: number
  reserved: number
  total: number
  size: number
  pauses: number
  pause_seconds: number
  pause_left: number
}

/**
 * How many messages of these queues are in which state. What is ready, delayed or buried is counted in its index, and
 * whatever is left of the exact size is reserved. Takes the longer the longer the queues are, about 0.1 s per million.
 */
export const gaugesOf = (sql: Sql, queueIds: number[]) => sql<GaugeRow[]>`
  select s.queue_id, r.urgent, r.ready, d.n as delayed, b.n as buried,
         greatest(c.size - r.ready - d.n - b.n, 0) as reserved, c.total, c.size, s.pauses,
         case when s.paused_until > now() then s.pause_seconds else 0 end as pause_seconds,
         coalesce(greatest(extract(epoch from s.paused_until - now()), 0), 0)::float8 as pause_left
    from unnest(${queueIds}::bigint[]) as t (queue_id)
   cross join lateral (select * from weldmq.queue_state s where s.queue_id = t.queue_id offset 0) s
   cross join lateral (
         select count(*) as ready, count(*) filter (where priority < 1024) as urgent
           from weldmq.messages where queue_id = s.queue_id and state = 0) r
   cross join lateral (
         select count(*) as n from weldmq.messages where queue_id = s.queue_id and state = 1) d
   cross join lateral (select count(*) as n from weldmq.messages where queue_id = s.queue_id and state = 3) b
   cross join lateral (
         select coalesce(sum(size), 0)::bigint as size, coalesce(sum(total), 0)::bigint as total from (
           select size, total from weldmq.counter_base where queue_id = s.queue_id
           union all
           select d.size, d.total from weldmq.writers w cross join lateral (
                  select size, total from weldmq.counter_deltas d
                   where d.queue_id = s.queue_id and d.slot = w.slot
                     and d.seq > coalesce((select folded from weldmq.counter_base b
                                            where b.queue_id = s.queue_id and b.slot = w.slot), -1)) d) x) c`

export const queueIdsOf = (sql: Sql, project: string) => sql<{ id: number }[]>`
  select id from weldmq.queues where project_id = ${project}`

/** A new pause takes the place of the old one; 0 ends it. */
export const pauseQueue = (sql: Sql, p: { queueId: number; seconds: number }) => sql<{ queue_id: number }[]>`
  update weldmq.queue_state
     set paused_until = case when ${p.seconds}::bigint > 0 then now() + make_interval(secs => ${p.seconds}::bigint) end,
         pause_seconds = ${p.seconds}, pauses = pauses + 1
   where queue_id = ${p.queueId} returning queue_id`
