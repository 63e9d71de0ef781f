import type { Sql } from '../db/connect.ts'

type Counted = { slot: number; seq: number }

/** Deletes expired messages that nobody holds, the longest expired first; one row per queue, and one at least. */
export const deleteExpired = (sql: Sql, e: Counted & { mark: string; limit: number }) => sql<
  { mark: string; queue_id: number | null; deleted: number; alerted: boolean | null }[]
>`
  with d as (
    delete from weldmq.messages
     where ctid = any(array(
           select ctid from weldmq.messages
            where state + 0 <> 2 and expires_at > (${e.mark}::text)::timestamptz and expires_at <= now()
            order by expires_at limit ${e.limit} for update skip locked))
    returning queue_id, state),
  g as (select queue_id, count(*) as deleted, count(*) filter (where state < 6) as counted from d group by queue_id),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select queue_id, ${e.slot}, ${e.seq}, -counted, 0 from g where counted > 0)
  select (now() - interval '3 s')::text as mark, g.queue_id, coalesce(g.deleted, 0)::int as deleted,
         (select s.alerted from weldmq.queue_state s where s.queue_id = g.queue_id) as alerted
    from (select true) one left join g on true`

/** Removes messages of queues that are gone; how many of how many queues. */
export const purgeDeleted = (sql: Sql, limit: number) => sql<{ purged: number }[]>`
  with d as (
    delete from weldmq.messages
     where ctid = any(array(
           select x.ctid from weldmq.deleted_queues q cross join lateral (
                  select m.ctid from weldmq.messages m
                   where m.queue_id = q.queue_id order by m.id limit ${limit} for update skip locked) x
            limit ${limit}))
    returning 1)
  select count(*)::int as purged from d`

/** Forgets queues deleted ten minutes ago: no statement that began before their deletion is still under way. */
export const forgetDeleted = (sql: Sql) => sql`
  with q as (
    delete from weldmq.deleted_queues d
     where d.deleted_at < now() - interval '10 minutes'
       and (select m.queue_id from weldmq.messages m where m.queue_id = d.queue_id limit 1) is null
       and (select e.queue_id from weldmq.deliveries e where e.queue_id = d.queue_id limit 1) is null
    returning queue_id),
  h as (delete from weldmq.subscriber_health where queue_id in (select queue_id from q)),
  r as (delete from weldmq.push_rates where queue_id in (select queue_id from q)),
  a as (delete from weldmq.alerts where queue_id in (select queue_id from q)),
  c as (delete from weldmq.counter_deltas where queue_id in (select queue_id from q))
  delete from weldmq.counter_base where queue_id in (select queue_id from q)`

export const forgetKeys = (sql: Sql, hours: number) => sql`
  delete from weldmq.idempotency_keys where created_at < now() - make_interval(hours => ${hours})`
