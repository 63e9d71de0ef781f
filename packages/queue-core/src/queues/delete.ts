import type { Sql } from '../db/connect.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { checkQueueName } from './check.ts'
import type { Directory } from './directory.ts'
import { removeQueue } from './queue.sql.ts'

/** Removes the queue with all its messages; whatever is posted afterwards lands in a new one. */
export async function deleteQueue(
  { sql, directory }: { sql: Sql; directory: Directory },
  { project, queue }: { project: string; queue: string },
): Promise<Result<void>> {
  const [removed] = checkQueueName(queue) ? [] : await removeQueue(sql, project, queue)
  directory.forget(project, queue)
  return removed ? ok(undefined) : refuse({ kind: 'queue_not_found', queue })
}
