import type { Sql, Transaction } from '../db/connect.ts'
import type { AlertRow } from './alert.sql.ts'

/** An alert, and how large its queue is in the same snapshot. */
export type SeenAlert = Omit<AlertRow, 'snooze'> & {
  queue_id: number
  project: string
  queue: string
  /** The size when the queue last left a stretch between two lines of one of its alerts. */
  seen: number
  size: number
  snoozed: boolean
  /** Changes of size that are not folded. */
  deltas: number
  moment: Date
}

/**
 * One at a time looks at the alerts of a queue, until its transaction ends; the next one then sees all that it did.
 * Not a row lock: looking writes nothing.
 */
export const lockAlerts = (tx: Transaction, queueId: number) => tx`
  select pg_advisory_xact_lock(7305514, (${queueId}::bigint % 2147483647)::int)`

/** Waits until nobody looks at the alerts of the queue any more, without keeping anybody from it. */
export const awaitLook = (sql: Sql, queueId: number) => sql`
  select pg_advisory_xact_lock_shared(7305514, (${queueId}::bigint % 2147483647)::int)`

/** The alerts of these queues with the exact sizes (counters.sql.ts has the same sum). */
export const readAlerts = (sql: Sql | Transaction, queueIds: number[]) => sql<SeenAlert[]>`
  select a.queue_id, q.project_id as project, q.name as queue, a.id, a.type, a.direction, a.trigger, a.target,
         a.size as seen, z.size, z.deltas, clock_timestamp() as moment,
         coalesce(a.snooze > extract(epoch from clock_timestamp() - a.fired_at), false) as snoozed
    from unnest(${queueIds}::bigint[]) as t (queue_id)
    join weldmq.queue_state s on s.queue_id = t.queue_id
    join weldmq.queues q on q.id = t.queue_id
   cross join lateral (
         select coalesce(sum(x.size), 0)::bigint as size, coalesce(sum(x.delta), 0)::int as deltas from (
           select b.size, 0 as delta from weldmq.counter_base b where b.queue_id = t.queue_id
           union all
           select d.size, 1 from weldmq.writers w cross join lateral (
                  select d.size from weldmq.counter_deltas d
                   where d.queue_id = t.queue_id and d.slot = w.slot
                     and d.seq > coalesce((select b.folded from weldmq.counter_base b
                                            where b.queue_id = t.queue_id and b.slot = w.slot), -1)) d) x) z
    join weldmq.alerts a on a.queue_id = t.queue_id
   order by a.number`

/** Stores that the alerts of the queue have seen it at this size, and which of them fired. */
export const storeSeen = (tx: Transaction, s: { queueId: number; size: number; fired: string[] }) => tx`
  update weldmq.alerts
     set size = ${s.size}, fired_at = case when id = any(${s.fired}::text[]) then clock_timestamp() else fired_at end
   where queue_id = ${s.queueId}`

/** The next queues with alerts, by id. */
export const nextAlerted = (sql: Sql, after: number, limit: number) => sql<{ queue_id: number }[]>`
  select distinct queue_id from weldmq.alerts where queue_id > ${after} order by queue_id limit ${limit}`
