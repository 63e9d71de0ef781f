import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import type { CoreOptions } from '../core.ts'
import { type Sql, connect } from './connect.ts'

/** From src and from dist alike: the SQL is not compiled. */
const migrationsFolder = fileURLToPath(new URL('../../src/db/migrations', import.meta.url))

/** Any number, as long as every gateway uses the same: "weldmq" in ASCII. */
const MIGRATION_LOCK = '131277493923185'

/**
 * Brings the schema up to date; safe when several gateways start at once. Drizzle's own migrator is not: it takes no
 * lock, so all of them wait here for one.
 */
export async function migrate(database: CoreOptions['database']): Promise<void> {
  const sql = connect(database, { max: 1, pinned: false, name: 'weldmq migrate' })
  try {
    await refuseOldServer(sql)
    await sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`
    await runMigrations(drizzle(sql), { migrationsFolder, migrationsSchema: 'weldmq', migrationsTable: 'migrations' })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** The statements of the ready line are proved on these versions. */
const OLDEST_SERVER = 15

async function refuseOldServer(sql: Sql): Promise<void> {
  const [row] = await sql<{ version: string; number: number }[]>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number`
  if (row!.number >= OLDEST_SERVER * 10_000) return
  throw new Error(`PostgreSQL ${row!.version} is too old: WeldMQ needs ${OLDEST_SERVER} or newer`)
}
