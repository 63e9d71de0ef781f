import type { Sql } from '../db/connect.ts'
import { longestQueues } from './queue.sql.ts'

/** The longest queues and how old their oldest ready message is: for an operator, not for clients. */
export async function queueDepths(sql: Sql, count: number) {
  const rows = await longestQueues(sql, count)
  return rows.map(({ project, queue, size, oldest_ready_seconds }) => ({
    project,
    queue,
    size,
    oldestReadySeconds: oldest_ready_seconds,
  }))
}
