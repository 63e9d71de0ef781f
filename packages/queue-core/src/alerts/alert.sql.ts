import type { Sql, Transaction } from '../db/connect.ts'
import type { Alert } from './alert.ts'

export type AlertRow = Pick<Alert, 'id' | 'type' | 'direction' | 'trigger'> & { target: string; snooze: number }

/** The alerts of one queue in the order in which they were added. */
export const alertsOf = (sql: Sql | Transaction, queueId: number) => sql<AlertRow[]>`
  select id, type, direction, trigger, target, snooze from weldmq.alerts where queue_id = ${queueId} order by number`

/** Adds alerts that know the queue to have this size. */
export const insertAlerts = (tx: Transaction, i: { queueId: number; size: number; alerts: Alert[] }) => tx`
  insert into weldmq.alerts (queue_id, size, id, type, direction, trigger, target, snooze)
  select ${i.queueId}, ${i.size}, t.*
    from unnest(${i.alerts.map(({ id }) => id)}::text[], ${i.alerts.map(({ type }) => type)}::text[],
                ${i.alerts.map(({ direction }) => direction)}::text[],
                ${i.alerts.map(({ trigger }) => trigger)}::bigint[], ${i.alerts.map(({ queue }) => queue)}::text[],
                ${i.alerts.map(({ snoozeSeconds }) => snoozeSeconds)}::bigint[]) as t`

/** Removes the alerts of these ids. */
export const deleteAlerts = (tx: Transaction, queueId: number, ids: string[]) => tx<{ id: string }[]>`
  delete from weldmq.alerts where queue_id = ${queueId} and id = any(${ids}::text[]) returning id`

export const deleteAllAlerts = (tx: Transaction, queueId: number) => tx<{ id: string }[]>`
  delete from weldmq.alerts where queue_id = ${queueId} returning id`

/**
 * Tells every later statement on the queue's messages whether somebody looks at its size. A queue with alerts is no
 * longer one that goes away when it is empty.
 */
export const noteAlerted = (tx: Transaction, queueId: number) => tx`
  update weldmq.queue_state s
     set alerted = a.alerted, transient = s.transient and a.alerted is null
    from (select max(id) is not null or null as alerted from weldmq.alerts where queue_id = ${queueId}) a
   where s.queue_id = ${queueId}`

/** Lets nobody else add progressive alerts in the project until the transaction ends: two could close a circle. */
export const lockCircles = (tx: Transaction, project: string) => tx`
  select pg_advisory_xact_lock(hashtextextended(${project}, 7305513))`

/** Whether progressive alerts lead from one of the targets, over whatever queues, to the queue of this name. */
export const leadsTo = (tx: Transaction, c: { project: string; queue: string; targets: string[] }) => tx<
  { circle: boolean }[]
>`
  with recursive reached (name) as (
    select name collate "C" from unnest(${c.targets}::text[]) as t (name)
    union
    select a.target collate "C"
      from reached r
      join weldmq.queues q on q.project_id = ${c.project} and q.name = r.name
      join weldmq.queue_state s on s.queue_id = q.id
      join weldmq.alerts a on a.queue_id = q.id and a.type = 'progressive')
  select exists (select 1 from reached where name = ${c.queue}) as circle`
