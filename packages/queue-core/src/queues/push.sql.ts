import type { Sql, Transaction } from '../db/connect.ts'

/** Sets how the queue delivers, as JSON; null makes it a pull queue. Whatever made it, it stays from now on. */
export const setPush = (sql: Transaction, queueId: number, push: string | null) => sql`
  update weldmq.queue_state set push = ${push}::text::jsonb, transient = false where queue_id = ${queueId}`

/** Numbers for so many subscribers, the newest message id that was drawn, and the time. */
export const drawForSubscribers = (sql: Transaction, count: number) => sql<
  { ids: number[]; after: number; now: Date }[]
>`
  select array(select nextval('weldmq.subscriber_id') from generate_series(1, ${count}::int)) as ids,
         (select case when is_called then last_value else 0 end from weldmq.message_id) as after, now() as now`

/** Subscribers of the queue that failed lately. */
export const healthOf = (sql: Sql | Transaction, queueId: number) => sql<
  { subscriber: number; failures: number; paused_until: Date | null }[]
>`
  select subscriber, failures, case when paused_until > now() then paused_until end as paused_until
    from weldmq.subscriber_health where queue_id = ${queueId}`

/** Forgets who failed, but for these. */
export const forgetOthersHealth = (sql: Transaction, queueId: number, kept: number[]) => sql`
  delete from weldmq.subscriber_health where queue_id = ${queueId} and subscriber <> all(${kept}::bigint[])`

/** Forgets that the subscriber failed; who is paused is delivered to at once. */
export const forgetHealth = (sql: Sql | Transaction, queueId: number, subscribers: number[]) => sql`
  delete from weldmq.subscriber_health where queue_id = ${queueId} and subscriber = any(${subscribers}::bigint[])`
