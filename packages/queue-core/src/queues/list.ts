import type { Sql } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { listNames } from './queue.sql.ts'

/** Names in byte order; a count above the limit is cut to it, none or less means the default (contract v3, 3.5). */
export async function listQueues(
  sql: Sql,
  {
    project,
    previous = '',
    prefix = '',
    count = 0,
  }: { project: string; previous?: string; prefix?: string; count?: number },
): Promise<string[]> {
  // Text that Postgres cannot hold names no queue.
  if ((previous + prefix).includes('\0') || !(previous + prefix).isWellFormed()) return []
  const size = count < 1 ? limits.listPage.default : Math.min(count, limits.listPage.max)
  const rows = await listNames(sql, { project, previous, prefix, count: size })
  return rows.map((row) => row.name)
}
