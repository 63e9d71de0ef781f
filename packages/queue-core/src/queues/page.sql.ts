import type { Sql } from '../db/connect.ts'

/** Queues in byte order of their names, after the first `offset` of them. */
export const listPageOf = (sql: Sql, l: { project: string; offset: number; count: number }) => sql<
  { id: number; name: string; created_at: Date }[]
>`
  select id, name, created_at from weldmq.queues
   where project_id = ${l.project} order by name offset ${l.offset} limit ${l.count}`
