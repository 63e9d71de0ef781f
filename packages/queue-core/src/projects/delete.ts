import type { Sql } from '../db/connect.ts'
import { ok, refuse, type Result } from '../refusal.ts'
import { deleteIdempotencyKeys, deleteProjectRow, retireQueues, unbindTokens } from './delete.sql.ts'
import { isProjectId } from './project-id.ts'

/**
 * Removes the project and all its queues in one transaction: when it answers, no statement finds their messages any
 * more. The messages themselves are removed by upkeep, since there may be many.
 */
export async function deleteProject(sql: Sql, { id }: { id: string }): Promise<Result<void>> {
  const notFound = refuse({ kind: 'project_not_found', project: id })
  if (!isProjectId(id)) return notFound
  return sql.begin(async (tx) => {
    const [gone] = await deleteProjectRow(tx, id)
    if (!gone) return notFound
    await retireQueues(tx, id)
    await deleteIdempotencyKeys(tx, id)
    await unbindTokens(tx, id)
    return ok(undefined)
  })
}
