import type { Sql } from '../db/connect.ts'
import type { PostRows } from './post.sql.ts'

/** How many of the rows, from the first on, belong to which queue; in the order of the queues' ids. */
export type RowsOf = { queueId: number; count: number }

/**
 * The same as insertMessages for rows of several queues, one queue's behind the other's. Nothing is stored for a queue
 * that is gone.
 */
export const insertEach = (sql: Sql, shares: readonly RowsOf[], rows: Omit<PostRows, 'queueId'>) => {
  const { queueIds, firsts, lasts } = stretches(shares)
  return sql<{ queue_id: number; id: number; alerted_queues: number[] | null; pushed_queues: number[] | null }[]>`
  with k as materialized (
    select s.queue_id from unnest(${queueIds}::bigint[]) as t (queue_id)
     cross join lateral (
           select queue_id from weldmq.queue_state where queue_id = t.queue_id and transient for key share) s),
  s as materialized (
    select t.first, t.last, q.*, pg_current_xact_id() as xact
      from unnest(${queueIds}::bigint[], ${firsts}::int[], ${lasts}::int[]) as t (queue_id, first, last)
     cross join lateral (
           select queue_id, prios, cur, message_expiration, expiration_given, alerted, push is not null as pushed
             from weldmq.queue_state
            where queue_id = t.queue_id and (not transient or queue_id = any(array(select queue_id from k)))
           offset 0) q),
  v as materialized (
    select nextval('weldmq.message_id') as id, s.*, t.*
      from s cross join lateral unnest(
             (${rows.starts}::int[])[s.first:s.last], (${rows.lengths}::int[])[s.first:s.last],
             (${rows.priorities}::bigint[])[s.first:s.last], (${rows.delaysSeconds}::bigint[])[s.first:s.last],
             (${rows.timeoutsSeconds}::bigint[])[s.first:s.last],
             (${rows.expirationsSeconds}::bigint[])[s.first:s.last], (${rows.pushHeaders}::text[])[s.first:s.last])
             as t (start, length, priority, delay, timeout, expiration, push_headers)),
  m as (
    insert into weldmq.messages
           (queue_id, id, position, priority, lane, state, due_at, expires_at, push_headers, body,
            timeout_seconds, delay_seconds)
    select queue_id, id, id, priority,
           case when delay = 0 and priority = any(prios) then 0 else cur end,
           case when pushed then 4 when delay > 0 then 1 else 0 end,
           case when delay > 0 or pushed then now() + make_interval(secs => delay) end,
           case when expiration = -1 and not expiration_given then 'infinity'
                else now() + make_interval(secs => coalesce(nullif(expiration, -1), message_expiration))
           end,
           push_headers::jsonb,
           substring(${rows.bodies}::bytea from start for length),
           timeout, nullif(delay, 0)
      from v
    returning queue_id, id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select queue_id, ${rows.slot}, ${rows.seq}, count(*), count(*) from m group by queue_id)
  select queue_id, id, (select array_agg(queue_id) from s where alerted) as alerted_queues,
         (select array_agg(queue_id) from s where pushed) as pushed_queues
    from m`
}

function stretches(shares: readonly RowsOf[]) {
  const columns = { queueIds: [] as number[], firsts: [] as number[], lasts: [] as number[] }
  let at = 0
  for (const { queueId, count } of shares) {
    columns.queueIds.push(queueId)
    columns.firsts.push(at + 1)
    columns.lasts.push((at += count))
  }
  return columns
}
