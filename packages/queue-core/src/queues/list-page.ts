import type { Sql } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { publicId } from './public-id.ts'
import { listPageOf } from './page.sql.ts'

/** A page of a project's queues in the byte order of their names; pages are counted from 0. */
export async function listQueuePage(
  sql: Sql,
  { project, page, count }: { project: string; page: number; count: number },
): Promise<{ id: string; name: string }[]> {
  const size = Math.min(count, limits.listPage.max)
  const rows = await listPageOf(sql, { project, offset: page * size, count: size })
  return rows.map((row) => ({ id: publicId(row), name: row.name }))
}
