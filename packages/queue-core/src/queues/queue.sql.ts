import type { Sql, Transaction } from '../db/connect.ts'
import type { StoredPush } from './push.ts'

export type QueueRow = {
  id: number
  created_at: Date
  push: StoredPush | null
  message_timeout: number
  message_expiration: number
  dead_letter_queue: string | null
  max_reservations: number | null
  /** True when it has alerts. */
  alerted: boolean | null
}

export const findQueueId = (sql: Sql, project: string, name: string) => sql<{ id: number }[]>`
  select id from weldmq.queues where project_id = ${project} and name = ${name}`

export const findQueueRow = (sql: Sql | Transaction, project: string, name: string) => sql<QueueRow[]>`
  select q.id, q.created_at, s.push, s.message_timeout, s.message_expiration, s.dead_letter_queue, s.max_reservations,
         s.alerted
    from weldmq.queues q join weldmq.queue_state s on s.queue_id = q.id
   where q.project_id = ${project} and q.name = ${name}`

/** Creates the queue if the project exists and has none of that name; nothing when it was there already. */
export const insertQueue = (
  sql: Sql | Transaction,
  q: { project: string; name: string; messageTimeout: number; messageExpiration: number; priority: number },
) => sql<{ id: number }[]>`
  with q as (
    insert into weldmq.queues (project_id, name)
    select id, ${q.name} from weldmq.projects where id = ${q.project} for key share
    on conflict do nothing returning id)
  insert into weldmq.queue_state (queue_id, message_timeout, message_expiration, prios, marks)
  select id, ${q.messageTimeout}, ${q.messageExpiration}, array[${q.priority}::bigint], '{0}' from q
  returning queue_id as id`

/** Keeps others from changing the queue's settings until the transaction ends. */
export const lockQueue = (sql: Transaction, queueId: number) => sql`
  select 1 from weldmq.queue_state where queue_id = ${queueId} for update`

export const updateSettings = (
  sql: Transaction,
  s: {
    queueId: number
    messageTimeout: number
    messageExpiration: number
    expirationGiven: boolean
    deadLetterQueue: string | null
    maxReservations: number | null
  },
) => sql`
  update weldmq.queue_state
     set message_timeout = ${s.messageTimeout}, message_expiration = ${s.messageExpiration}, transient = false,
         expiration_given = expiration_given or ${s.expirationGiven},
         dead_letter_queue = ${s.deadLetterQueue}, max_reservations = ${s.maxReservations}
   where queue_id = ${s.queueId}`

/** Takes the queue away for every caller at once; its messages are left to upkeep. */
export const removeQueue = (sql: Sql, project: string, name: string) => sql<{ id: number }[]>`
  with q as (delete from weldmq.queues where project_id = ${project} and name = ${name} returning id),
  s as (delete from weldmq.queue_state where queue_id in (select id from q)),
  d as (insert into weldmq.deleted_queues (queue_id) select id from q)
  select id from q`

/** Names after `previous` that start with the prefix, in byte order. */
export const listNames = (sql: Sql, l: { project: string; previous: string; prefix: string; count: number }) => sql<
  { name: string }[]
>`
  select name from weldmq.queues
   where project_id = ${l.project} and name > ${l.previous} and name >= ${l.prefix} and starts_with(name, ${l.prefix})
   order by name limit ${l.count}`

/** The longest queues first, with the age of the oldest message that has been ready all along. */
export const longestQueues = (sql: Sql, count: number) => sql<
  { project: string; queue: string; size: number; oldest_ready_seconds: number }[]
>`
  with sizes as (
    select queue_id, sum(size)::bigint as size from (
      select queue_id, size from weldmq.counter_base
      union all
      select d.queue_id, d.size from weldmq.counter_deltas d
        left join weldmq.counter_base b using (queue_id, slot)
       where d.seq > coalesce(b.folded, -1)) x
     group by queue_id order by 2 desc limit ${count})
  select q.project_id as project, q.name as queue, sizes.size,
         coalesce(extract(epoch from now() - oldest.created_at), 0)::float8 as oldest_ready_seconds
    from sizes join weldmq.queues q on q.id = sizes.queue_id
    join weldmq.queue_state s on s.queue_id = q.id
    left join lateral (
         select min(created_at) as created_at from (
           (select x.created_at from unnest(s.prios, s.marks) as p (priority, mark)
             cross join lateral (
                   select m.created_at from weldmq.messages m
                    where m.queue_id = q.id and m.state = 0 and m.lane = 0 and m.priority = p.priority
                      and m.position > p.mark and m.expires_at > now()
                    order by m.position limit 1) x)
           union all
           (select x.created_at from generate_series(s.low, s.cur) e
             cross join lateral (
                   select m.created_at from weldmq.messages m
                    where m.queue_id = q.id and m.state = 0 and m.lane = e and m.expires_at > now()
                    order by m.priority, m.position limit 1) x)) y) oldest on true
   order by sizes.size desc`
