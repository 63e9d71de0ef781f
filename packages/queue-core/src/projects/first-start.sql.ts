import type { Transaction } from '../db/connect.ts'

/** Any number, as long as every gateway uses the same: "start" in ASCII. */
const FIRST_START_LOCK = '495873782388'

/** Held to the end of the transaction: of several gateways that start together, one at a time goes on from here. */
export const lockFirstStart = (sql: Transaction) => sql`select pg_advisory_xact_lock(${FIRST_START_LOCK}::bigint)`

/** Whether anybody could use what is in the database. */
export const selectPresence = (sql: Transaction) => sql<{ admins: boolean; anything: boolean }[]>`
  select exists (select from weldmq.tokens where admin and (expires_at is null or expires_at > now())) as admins,
         exists (select from weldmq.tokens) or exists (select from weldmq.projects) as anything`
