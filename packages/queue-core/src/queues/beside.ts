import { alertsShown } from '../alerts/shown.ts'
import type { Sql, Transaction } from '../db/connect.ts'
import { healthOf } from './push.sql.ts'
import type { Beside } from './queue.ts'
import type { QueueRow } from './queue.sql.ts'

/** What is shown with a queue that was just read; no query for one that has none of it. */
export const shownBeside = async (sql: Sql | Transaction, row: QueueRow): Promise<Beside> => ({
  alerts: await alertsShown(sql, row),
  health: row.push?.pauseAfter ? await healthOf(sql, row.id) : [],
})
