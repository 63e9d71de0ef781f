import { shownBeside } from './beside.ts'
import { sizeOf } from '../counters/counters.sql.ts'
import type { Sql } from '../db/connect.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { checkQueueName } from './check.ts'
import { type QueueWithSize, toQueue } from './queue.ts'
import { findQueueRow } from './queue.sql.ts'

/** The queue with its exact size, as it is once everything that was answered before is counted. */
export async function findQueue(
  sql: Sql,
  { project, queue }: { project: string; queue: string },
): Promise<Result<QueueWithSize>> {
  const [row] = checkQueueName(queue) ? [] : await findQueueRow(sql, project, queue)
  if (!row) return refuse({ kind: 'queue_not_found', queue })
  const [counted] = await sizeOf(sql, row.id)
  return ok({
    ...toQueue(project, queue, row, await shownBeside(sql, row)),
    size: counted!.size,
    totalMessages: counted!.total,
  })
}
