import type { Sql } from '../db/connect.ts'

/** The channel of all gateways on this database. */
export const CHANNEL = 'weldmq'

export const listen = (sql: Sql) => sql`listen weldmq`

/**
 * Sent outside the transactions that post: a NOTIFY inside takes a lock that makes all commits queue up. The lock is
 * held until the commit is on disk, which nobody needs of a hint; so this one commit does not wait for the disk.
 */
export const notify = (sql: Sql, payload: string) => sql`
  select set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, ${payload})`

/** Which of these queues have a ready message, and for how long they are paused: the one look per second behind all signals. */
export const queuesWithReady = (sql: Sql, queueIds: number[]) => sql<{ queue_id: number; paused_seconds: number }[]>`
  select q.queue_id, coalesce(greatest(extract(epoch from q.paused_until - now()), 0), 0)::float8 as paused_seconds
    from unnest(${queueIds}::bigint[]) as t (queue_id)
   cross join lateral (
         select * from weldmq.queue_state s where s.queue_id = t.queue_id offset 0) q
   cross join lateral (
         (select 1 from unnest(q.prios, q.marks) as p (priority, mark)
           cross join lateral (
                 select 1 from weldmq.messages m
                  where m.queue_id = q.queue_id and m.state = 0 and m.lane = 0
                    and m.priority = p.priority and m.position > p.mark and m.expires_at > now()
                  order by m.position limit 1) x
           limit 1)
         union all
         (select 1 from generate_series(q.low, q.cur) e
           cross join lateral (
                 select 1 from weldmq.messages m
                  where m.queue_id = q.queue_id and m.state = 0 and m.lane = e and m.expires_at > now()
                  order by m.priority, m.position limit 1) x
           limit 1)) r`
