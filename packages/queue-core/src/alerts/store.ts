import { randomBytes } from 'node:crypto'
import { sizeOf } from '../counters/counters.sql.ts'
import type { Transaction } from '../db/connect.ts'
import { deleteAllAlerts, insertAlerts, noteAlerted } from './alert.sql.ts'
import type { Alert, NewAlert } from './alert.ts'
import { lockAlerts } from './firing.sql.ts'

/** Gives the queue alerts that have seen all its changes until now; the caller holds the lock on the queue. */
export async function storeAlerts(tx: Transaction, queueId: number, alerts: readonly NewAlert[]): Promise<void> {
  await lockAlerts(tx, queueId)
  const [counted] = await sizeOf(tx, queueId)
  await insertAlerts(tx, { queueId, size: counted!.size, alerts: alerts.map(withDefaults) })
  await noteAlerted(tx, queueId)
}

/** Takes all alerts of the queue away and gives it these. */
export async function exchangeAlerts(tx: Transaction, queueId: number, alerts: readonly NewAlert[]): Promise<void> {
  await deleteAllAlerts(tx, queueId)
  await storeAlerts(tx, queueId, alerts)
}

const withDefaults = ({ direction = 'asc', snoozeSeconds = 0, ...alert }: NewAlert): Alert => ({
  ...alert,
  direction,
  snoozeSeconds,
  id: randomBytes(12).toString('hex'),
})
