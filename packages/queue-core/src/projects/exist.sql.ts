import type { AnySql } from '../db/connect.ts'

/** Those of the given ids that are projects. */
export const selectExisting = (sql: AnySql, ids: string[]) => sql<{ id: string }[]>`
  select id from weldmq.projects where id = any(${ids}::text[])`
