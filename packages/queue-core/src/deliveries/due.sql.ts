import type { Sql } from '../db/connect.ts'
import type { StoredPush } from '../queues/push.ts'

/** Subscribers stand for lanes of a queue; this one for messages that are owed and not handed to any yet. */
export const OWED = -1

/**
 * The lanes of the queues behind `after` that hold anything, and whether their first entry is due: from lane to lane by
 * the indexes, however much waits in each.
 */
export const findLanes = (sql: Sql, after: number, limit: number) => sql<
  { queue_id: number; subscriber: number; due: boolean }[]
>`
  with recursive o as (
    (select queue_id, due_at from weldmq.messages
      where state = 4 and queue_id > ${after} order by queue_id, due_at limit 1)
    union all
    select x.* from o cross join lateral (
           select m.queue_id, m.due_at from weldmq.messages m
            where m.state = 4 and m.queue_id > o.queue_id order by m.queue_id, m.due_at limit 1) x),
  d as (
    (select queue_id, subscriber, due_at from weldmq.deliveries
      where state < 3 and queue_id > ${after} order by queue_id, subscriber, due_at limit 1)
    union all
    select x.* from d cross join lateral (
           select e.queue_id, e.subscriber, e.due_at from weldmq.deliveries e
            where e.state < 3 and (e.queue_id, e.subscriber) > (d.queue_id, d.subscriber)
            order by e.queue_id, e.subscriber, e.due_at limit 1) x)
  (select queue_id, ${OWED}::bigint as subscriber, due_at <= now() as due from o limit ${limit})
  union all
  (select queue_id, subscriber, due_at <= now() from d limit ${limit})`

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
