import type { Sql, Transaction } from '../db/connect.ts'

/** Many messages of one queue as columns; bodies lie one behind the other in one value, which is cheaper than an array. */
export type PostRows = {
  queueId: number
  bodies: Buffer
  starts: number[]
  lengths: number[]
  priorities: number[]
  delaysSeconds: number[]
  /** Null in these three stands for the queue's own, or none; null for all when no message has any. */
  timeoutsSeconds: (number | null)[] | null
  /** Seconds; -1 for never, unless the queue's expiration was given. */
  expirationsSeconds: (number | null)[] | null
  /** JSON objects. */
  pushHeaders: (string | null)[] | null
  slot: number
  seq: number
}

/**
 * Stores all rows, or none when the queue is gone (then it returns nothing). Ids come in the order of the rows.
 * The transaction id and queue_state are read before the first id is drawn: the proof of the marks leans on it.
 * A transient queue is locked against being dropped as empty. On a push queue a message is owed from the moment on at
 * which its delay ends, and never ready.
 */
export const insertMessages = (sql: Sql | Transaction, rows: PostRows) => sql<
  { id: number; alerted: boolean | null; pushed: boolean }[]
>`
  with k as materialized (
    select queue_id from weldmq.queue_state where queue_id = ${rows.queueId} and transient for key share),
  s as materialized (
    select prios, cur, message_expiration, expiration_given, alerted, push is not null as pushed,
           pg_current_xact_id() as xact
      from weldmq.queue_state
     where queue_id = ${rows.queueId} and (not transient or queue_id = (select queue_id from k))),
  v as materialized (
    select nextval('weldmq.message_id') as id, t.*
      from s cross join unnest(${rows.starts}::int[], ${rows.lengths}::int[], ${rows.priorities}::bigint[],
                               ${rows.delaysSeconds}::bigint[], ${rows.timeoutsSeconds}::bigint[],
                               ${rows.expirationsSeconds}::bigint[], ${rows.pushHeaders}::text[])
                        as t (start, length, priority, delay, timeout, expiration, push_headers)),
  m as (
    insert into weldmq.messages
           (queue_id, id, position, priority, lane, state, due_at, expires_at, push_headers, body,
            timeout_seconds, delay_seconds)
    select ${rows.queueId}, id, id, priority,
           case when delay = 0 and priority = any((select prios from s)::bigint[]) then 0 else (select cur from s) end,
           case when (select pushed from s) then 4 when delay > 0 then 1 else 0 end,
           case when delay > 0 or (select pushed from s) then now() + make_interval(secs => delay) end,
           case when expiration = -1 and not (select expiration_given from s) then 'infinity'
                else now() + make_interval(secs => coalesce(nullif(expiration, -1), (select message_expiration from s)))
           end,
           push_headers::jsonb,
           substring(${rows.bodies}::bytea from start for length),
           timeout, nullif(delay, 0)
      from v
    returning id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${rows.queueId}, ${rows.slot}, ${rows.seq}, count(*), count(*) from m having count(*) > 0)
  select id, (select alerted from s) as alerted, (select pushed from s) as pushed from m`
