import type { Sql, Transaction } from '../db/connect.ts'
import type { QueueRow } from '../queues/queue.sql.ts'
import { alertsOf } from './alert.sql.ts'
import { type Alert, toAlert } from './alert.ts'

/** The alerts of a queue that was just read; no query for one that has none. */
export const alertsShown = async (sql: Sql | Transaction, { id, alerted }: QueueRow): Promise<Alert[]> =>
  alerted ? (await alertsOf(sql, id)).map(toAlert) : []
