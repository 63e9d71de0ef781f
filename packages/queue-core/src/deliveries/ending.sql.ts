import type { Sql, Transaction } from '../db/connect.ts'

/**
 * Makes messages ready, or delayed, that were owed before the queue was a pull queue, or is one: how many of the next
 * `limit` that are owed.
 */
export const unowe = (sql: Sql, queueId: number, limit: number) => sql<{ returned: number }[]>`
  with q as materialized (
    select cur, push is null as pull, (push->>'since')::bigint as since
      from weldmq.queue_state where queue_id = ${queueId}),
  m as (
    update weldmq.messages
       set state = case when due_at > now() then 1 else 0 end,
           due_at = case when due_at > now() then due_at end,
           lane = (select cur from q)
     where ctid = any(array(
           select c from (
                  select ctid as c, id from weldmq.messages
                   where queue_id = ${queueId} and state = 4
                   order by due_at, id limit ${limit} for update skip locked) x
            where (select pull or x.id <= since from q)))
    returning 1)
  select count(*)::int as returned from m`

/** Ends deliveries that are due, in the lanes named, without an attempt. */
export const stopDue = (
  tx: Transaction,
  s: { queueId: number; lanes: number[]; limit: number; keepSeconds: number },
) => tx<{ message_id: number }[]>`
  update weldmq.deliveries
     set state = 5, due_at = now() + make_interval(secs => ${s.keepSeconds}::int)
   where ctid = any(array(
         select x.ctid from unnest(${s.lanes}::bigint[]) as l (subscriber)
          cross join lateral (
                select ctid from weldmq.deliveries d
                 where d.queue_id = ${s.queueId} and d.subscriber = l.subscriber and d.state < 3 and d.due_at <= now()
                 order by d.due_at limit ${s.limit} for update skip locked) x
          limit ${s.limit}))
  returning message_id`

/** Forgets deliveries that ended long enough ago; how many. */
export const forgetEnded = (sql: Sql, limit: number) => sql<{ forgotten: number }[]>`
  with d as (
    delete from weldmq.deliveries
     where ctid = any(array(
           select ctid from weldmq.deliveries where state >= 3 and due_at <= now()
            order by due_at limit ${limit} for update skip locked))
    returning 1)
  select count(*)::int as forgotten from d`

/** Removes deliveries of queues that are gone; how many. */
export const purgeDeliveries = (sql: Sql, limit: number) => sql<{ purged: number }[]>`
  with d as (
    delete from weldmq.deliveries
     where ctid = any(array(
           select x.ctid from weldmq.deleted_queues q cross join lateral (
                  select d.ctid from weldmq.deliveries d
                   where d.queue_id = q.queue_id order by d.message_id limit ${limit} for update skip locked) x
            limit ${limit}))
    returning 1)
  select count(*)::int as purged from d`
