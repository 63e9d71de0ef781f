import type { Sql } from '../db/connect.ts'

/** Removes the token; no row when there is none. */
export const deleteTokenRow = (sql: Sql, id: string) => sql<{ id: string }[]>`
  delete from weldmq.tokens where id = ${id} returning id`
