import type { Sql, Transaction } from '../db/connect.ts'
import { limits } from '../limits.ts'

const { messageTimeoutSeconds, messageExpirationSeconds, priority } = limits

/** As insertQueue, for a queue that is to vanish again once nobody uses it; `default` stays. */
export const insertTransientQueue = (sql: Sql, q: { project: string; name: string }) => sql<{ id: number }[]>`
  with q as (
    insert into weldmq.queues (project_id, name)
    select id, ${q.name} from weldmq.projects where id = ${q.project} for key share
    on conflict do nothing returning id)
  insert into weldmq.queue_state (queue_id, message_timeout, message_expiration, prios, marks, transient)
  select id, ${messageTimeoutSeconds.default}, ${messageExpirationSeconds.default}, array[${priority.default}::bigint],
         '{0}', ${q.name} <> 'default' from q
  returning queue_id as id`

export type QueueUse = { queueId: number; users: number; watchers: number; waiters: number }

/**
 * Says how the sessions of a gateway use some queues, which keeps these from being dropped; names those that it is now
 * stored of, which is not so where the queue or the gateway is gone. Rows are locked in the order of the queues.
 */
export const storeUses = (sql: Sql, gateway: number, uses: QueueUse[]) => sql<{ queue_id: number }[]>`
  with t as materialized (
    select * from unnest(${uses.map((use) => use.queueId)}::bigint[], ${uses.map((use) => use.users)}::int[],
                         ${uses.map((use) => use.watchers)}::int[], ${uses.map((use) => use.waiters)}::int[])
                  as t (queue_id, users, watchers, waiters) order by queue_id),
  s as materialized (
    select s.queue_id from t cross join lateral (
           select queue_id from weldmq.queue_state where queue_id = t.queue_id for key share) s),
  g as materialized (
    select id from weldmq.gateways where id = ${gateway} and not given_up for key share)
  insert into weldmq.queue_users (queue_id, gateway, users, watchers, waiters)
  select t.queue_id, g.id, t.users, t.watchers, t.waiters from t join s using (queue_id) cross join g
   order by t.queue_id
  on conflict (queue_id, gateway) do update
     set users = excluded.users, watchers = excluded.watchers, waiters = excluded.waiters
  returning queue_id`

export const forgetUse = (sql: Sql, gateway: number, queueId: number) => sql`
  delete from weldmq.queue_users where queue_id = ${queueId} and gateway = ${gateway}`

/** Keeps others from posting to the queue and from using it, until the transaction ends; only if it is transient. */
export const lockTransient = (sql: Transaction, queueId: number) => sql<{ queue_id: number }[]>`
  select queue_id from weldmq.queue_state where queue_id = ${queueId} and transient for update`

/** Removes the queue if no session uses it and it holds nothing. Only under lockTransient. */
export const dropAbandoned = (sql: Transaction, queueId: number) => sql<{ id: number }[]>`
  with free as (
    select ${queueId}::bigint as queue_id
     where not exists (select from weldmq.queue_users where queue_id = ${queueId})
       and 0 = (select coalesce(sum(size), 0) from (
             select size from weldmq.counter_base where queue_id = ${queueId}
             union all
             select d.size from weldmq.writers w cross join lateral (
                    select size from weldmq.counter_deltas d
                     where d.queue_id = ${queueId} and d.slot = w.slot
                       and d.seq > coalesce((select folded from weldmq.counter_base b
                                              where b.queue_id = ${queueId} and b.slot = w.slot), -1)) d) x)),
  q as (delete from weldmq.queues where id = (select queue_id from free) returning id),
  s as (delete from weldmq.queue_state where queue_id = (select id from q)),
  d as (insert into weldmq.deleted_queues (queue_id) select id from q)
  select id from q`

/** Transient queues that no session uses and that hold nothing, by what can be seen without a lock. */
export const unusedQueues = (sql: Sql, project: string | null) => sql<{ id: number; project: string; name: string }[]>`
  select q.id, q.project_id as project, q.name
    from weldmq.queue_state s join weldmq.queues q on q.id = s.queue_id
   where s.transient and (${project}::text is null or q.project_id = ${project})
     and not exists (select from weldmq.queue_users u where u.queue_id = s.queue_id)
     and 0 = (select coalesce(sum(size), 0) from (
           select size from weldmq.counter_base where queue_id = s.queue_id
           union all
           select d.size from weldmq.writers w cross join lateral (
                  select size from weldmq.counter_deltas d
                   where d.queue_id = s.queue_id and d.slot = w.slot
                     and d.seq > coalesce((select folded from weldmq.counter_base b
                                            where b.queue_id = s.queue_id and b.slot = w.slot), -1)) d) x)`

/** What other gateways' sessions do with a queue. */
export const usesElsewhere = (sql: Sql, queueId: number, gateway: number) => sql<
  { users: number; watchers: number; waiters: number }[]
>`
  select coalesce(sum(users), 0)::int as users, coalesce(sum(watchers), 0)::int as watchers,
         coalesce(sum(waiters), 0)::int as waiters
    from weldmq.queue_users where queue_id = ${queueId} and gateway <> ${gateway}`

/** Every name of the project's queues, in byte order. */
export const namesOf = (sql: Sql, project: string) => sql<{ name: string }[]>`
  select name from weldmq.queues where project_id = ${project} order by name`
