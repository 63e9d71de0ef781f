import type { Sql } from '../db/connect.ts'

/** Takes the lead of the database's upkeep for as long as this session lives, unless another session has it. */
export const tryToLead = (sql: Sql) => sql<{ leads: boolean }[]>`select pg_try_advisory_lock(7305512, 0) as leads`

/** Keeps a session that leads from being ended as idle. */
export const goOnLeading = (sql: Sql) => sql`select true`
