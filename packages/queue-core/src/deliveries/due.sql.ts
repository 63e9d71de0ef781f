import type { Sql } from '../db/connect.ts'
import type { StoredPush } from '../queues/push.ts'

/** Subscribers stand for lanes of a queue; this one for messages that are owed and not handed to any yet. */
export const OWED = -1

/** Behind which lane a search goes on: one cursor for what is owed, one for what was begun. */
export type LaneCursors = { owed: number; begun: { queueId: number; lane: number } }

/** The lanes behind `after` that hold anything: from lane to lane by the indexes, however much is in each. */
export const findLanes = (sql: Sql, after: LaneCursors, limit: number) => sql<
  { queue_id: number; subscriber: number }[]
>`
  with recursive o as (
    (select queue_id from weldmq.messages where state = 4 and queue_id > ${after.owed} order by queue_id limit 1)
    union all
    select x.* from o cross join lateral (
           select m.queue_id from weldmq.messages m
            where m.state = 4 and m.queue_id > o.queue_id order by m.queue_id limit 1) x),
  d as (
    (select queue_id, subscriber from weldmq.deliveries
      where state < 3 and (queue_id, subscriber) > (${after.begun.queueId}::bigint, ${after.begun.lane}::bigint)
      order by queue_id, subscriber limit 1)
    union all
    select x.* from d cross join lateral (
           select e.queue_id, e.subscriber from weldmq.deliveries e
            where e.state < 3 and (e.queue_id, e.subscriber) > (d.queue_id, d.subscriber)
            order by e.queue_id, e.subscriber limit 1) x)
  (select queue_id, ${OWED}::bigint as subscriber from o limit ${limit})
  union all
  (select queue_id, subscriber from d limit ${limit})`

/**
 * Looks at the first row of each lane from its mark on: whether it is due, null when there is none, which message it is
 * where that is owed, and the mark that follows from it and from the bound of the look before (lanes.ts). `bound` is a
 * moment before which nobody who is under way now, or begins later, can still put anything.
 */
export const probeLanes = (
  sql: Sql,
  lanes: readonly { queueId: number; lane: number; mark: string }[],
  boundBefore: string,
) => {
  const [owed, begun] = [lanes.filter(({ lane }) => lane === OWED), lanes.filter(({ lane }) => lane !== OWED)]
  return sql<
    { queue_id: number; subscriber: number; mark: string; due: boolean | null; first: number | null; bound: string }[]
  >`
  with x as (
    select t.queue_id, ${OWED}::bigint as subscriber, t.mark::timestamptz as mark, x.due_at, x.id as first
      from unnest(${owed.map((l) => l.queueId)}::bigint[], ${owed.map((l) => l.mark)}::text[]) as t (queue_id, mark)
      left join lateral (
           select m.due_at, m.id from weldmq.messages m
            where m.state = 4 and m.queue_id = t.queue_id and m.due_at >= t.mark::timestamptz
            order by m.due_at, m.id limit 1) x on true
     union all
    select t.queue_id, t.subscriber, t.mark::timestamptz, x.due_at, null::bigint
      from unnest(${begun.map((l) => l.queueId)}::bigint[], ${begun.map((l) => l.lane)}::bigint[],
                  ${begun.map((l) => l.mark)}::text[]) as t (queue_id, subscriber, mark)
      left join lateral (
           select d.due_at from weldmq.deliveries d
            where d.state < 3 and d.queue_id = t.queue_id and d.subscriber = t.subscriber
              and d.due_at >= t.mark::timestamptz
            order by d.due_at limit 1) x on true)
  select queue_id, subscriber, due_at <= now() as due, first,
         greatest(mark, least(due_at, (${boundBefore}::text)::timestamptz))::text as mark,
         (select least(now() - interval '1 s', min(xact_start)) from pg_stat_activity
           where datname = current_database() and application_name like 'weldmq%')::text as bound
    from x`
}

export type DeliveringRow = {
  queue_id: number
  project: string
  name: string
  /** Null for a queue that was made a pull queue. */
  push: StoredPush | null
  message_timeout: number
}

/** How these queues deliver; those that are gone are missing. */
export const readDelivering = (sql: Sql, queueIds: number[]) => sql<DeliveringRow[]>`
  select q.id as queue_id, q.project_id as project, q.name, s.push, s.message_timeout
    from unnest(${queueIds}::bigint[]) as t (queue_id)
    join weldmq.queues q on q.id = t.queue_id join weldmq.queue_state s on s.queue_id = t.queue_id`

/** Subscribers of these queues that failed lately, and whether they are left alone now. */
export const readHealth = (sql: Sql, queueIds: number[]) => sql<
  { queue_id: number; subscriber: number; failures: number; paused: boolean }[]
>`
  select queue_id, subscriber, failures, coalesce(paused_until > now(), false) as paused
    from weldmq.subscriber_health where queue_id = any(${queueIds}::bigint[])`
