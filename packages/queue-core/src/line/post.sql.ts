import type { Sql, Transaction } from '../db/connect.ts'

/** Many messages of one queue as columns; bodies lie one behind the other in one value, which is cheaper than an array. */
export type PostRows = {
  queueId: number
  bodies: Buffer
  starts: number[]
  lengths: number[]
  priorities: number[]
  delaysSeconds: number[]
  /** JSON objects, or null for all when no message has any. */
  pushHeaders: (string | null)[] | null
  slot: number
  seq: number
}

/**
 * Stores all rows, or none when the queue is gone (then it returns nothing). Ids come in the order of the rows.
 * The transaction id and queue_state are read before the first id is drawn: the proof of the marks leans on it.
 */
export const insertMessages = (sql: Sql | Transaction, rows: PostRows) => sql<{ id: number }[]>`
  with s as materialized (
    select prios, cur, message_expiration, pg_current_xact_id() as xact
      from weldmq.queue_state where queue_id = ${rows.queueId}),
  v as materialized (
    select nextval('weldmq.message_id') as id, t.*
      from s cross join unnest(${rows.starts}::int[], ${rows.lengths}::int[], ${rows.priorities}::bigint[],
                               ${rows.delaysSeconds}::int[], ${rows.pushHeaders}::text[])
                        as t (start, length, priority, delay, push_headers)),
  m as (
    insert into weldmq.messages
           (queue_id, id, position, priority, lane, state, due_at, expires_at, push_headers, body)
    select ${rows.queueId}, id, id, priority,
           case when delay = 0 and priority = any((select prios from s)::bigint[]) then 0 else (select cur from s) end,
           case when delay > 0 then 1 else 0 end,
           case when delay > 0 then now() + make_interval(secs => delay) end,
           now() + make_interval(secs => (select message_expiration from s)),
           push_headers::jsonb,
           substring(${rows.bodies}::bytea from start for length)
      from v
    returning id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${rows.queueId}, ${rows.slot}, ${rows.seq}, count(*), count(*) from m having count(*) > 0)
  select id from m`
