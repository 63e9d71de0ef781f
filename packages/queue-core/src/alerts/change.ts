import type { Sql, Transaction } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { checkQueueName } from '../queues/check.ts'
import { defaults } from '../queues/directory.ts'
import { findQueueRow, insertQueue, lockQueue } from '../queues/queue.sql.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import { alertsOf, deleteAlerts, deleteAllAlerts, noteAlerted } from './alert.sql.ts'
import { type Alert, type NewAlert, toAlert } from './alert.ts'
import { checkAlerts, checkCircles, tooMany } from './check.ts'
import { exchangeAlerts, storeAlerts } from './store.ts'

type OnQueue = { project: string; queue: string }

export type ChangeAlerts = OnQueue & {
  alerts: NewAlert[]
  /** Makes the queue when it does not exist; refused otherwise. */
  create?: boolean
}

/** Adds alerts to those of the queue; refused when one of them is there already (contract v2 K2). */
export const addAlerts = (sql: Sql, command: ChangeAlerts): Promise<Result<void>> =>
  change(sql, command, async (tx, queueId) => {
    const present = (await alertsOf(tx, queueId)).map(toAlert)
    if (command.alerts.some((one) => present.some((other) => isSame(one, other)))) {
      return { kind: 'alert_duplicate', queue: command.queue }
    }
    // Duplicates within one call are fine, as long as there are not too many (contract v2 K3, K4).
    if (present.length + command.alerts.length > limits.alertsPerQueue) return tooMany
    await storeAlerts(tx, queueId, command.alerts)
    return undefined
  })

/** Gives the queue these alerts in place of those it has. */
export const replaceAlerts = (sql: Sql, command: ChangeAlerts): Promise<Result<void>> =>
  change(sql, command, async (tx, queueId) => {
    await exchangeAlerts(tx, queueId, command.alerts)
    return undefined
  })

/** Removes the alerts of these ids, or all when none are given; an id that no alert has is passed over. */
export const removeAlerts = (sql: Sql, command: OnQueue & { ids?: string[] }): Promise<Result<void>> =>
  onLockedQueue(sql, command, async (tx, queueId) => {
    await (command.ids ? deleteAlerts(tx, queueId, command.ids) : deleteAllAlerts(tx, queueId))
    await noteAlerted(tx, queueId)
    return undefined
  })

/** Removes one alert; refused when the queue has none of this id. */
export const removeAlert = (sql: Sql, command: OnQueue & { alertId: string }): Promise<Result<void>> =>
  onLockedQueue(sql, command, async (tx, queueId) => {
    const removed = await deleteAlerts(tx, queueId, [command.alertId])
    await noteAlerted(tx, queueId)
    return removed.length > 0 ? undefined : { kind: 'alert_not_found', id: command.alertId }
  })

/** The alerts of the queue in the order in which they were added. */
export async function listAlerts(sql: Sql, { project, queue }: OnQueue): Promise<Result<Alert[]>> {
  const [row] = checkQueueName(queue) ? [] : await findQueueRow(sql, project, queue)
  return row ? ok((await alertsOf(sql, row.id)).map(toAlert)) : refuse({ kind: 'queue_not_found', queue })
}

const isSame = (one: NewAlert, other: Alert) =>
  one.type === other.type && (one.direction ?? 'asc') === other.direction && one.trigger === other.trigger

type Work = (tx: Transaction, queueId: number) => Promise<Refusal | undefined>

async function change(sql: Sql, command: ChangeAlerts, work: Work): Promise<Result<void>> {
  const { queue, alerts, create = false } = command
  const wrongName = checkQueueName(queue)
  if (wrongName) return refuse(create ? wrongName : { kind: 'queue_not_found', queue })
  const wrong = checkAlerts(queue, alerts)
  return onLockedQueue(sql, command, work, {
    create,
    gives: alerts.length > 0,
    check: async (tx) => wrong ?? checkCircles(tx, command, alerts),
  })
}

/** Runs work on the queue while nobody else changes its settings. A missing queue is the first thing to be refused. */
async function onLockedQueue(
  sql: Sql,
  { project, queue }: OnQueue,
  work: Work,
  before: { create: boolean; gives: boolean; check(tx: Transaction): Promise<Refusal | undefined> } = noChecks,
): Promise<Result<void>> {
  if (checkQueueName(queue)) return refuse({ kind: 'queue_not_found', queue })
  return (await sql.begin(async (tx) => {
    const [found] = await findQueueRow(tx, project, queue)
    if (!found && !before.create) return refuse({ kind: 'queue_not_found', queue })
    // Before anything is made: a refusal does not roll the transaction back.
    const wrong = await before.check(tx)
    if (wrong) return refuse(wrong)
    if (!found) await insertQueue(tx, { project, name: queue, ...defaults })
    const [present] = await findQueueRow(tx, project, queue)
    if (present) await lockQueue(tx, present.id)
    const [row] = await findQueueRow(tx, project, queue)
    if (!row) return refuse({ kind: 'queue_not_found', queue })
    if (row.push && before.gives) return refuse({ kind: 'alerts_on_push_queue', queue })
    const refusal = await work(tx, row.id)
    return refusal ? refuse(refusal) : ok(undefined)
  })) as Result<void>
}

const noChecks = { create: false, gives: false, check: () => Promise.resolve(undefined) }
