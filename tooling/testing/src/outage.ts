import { until } from './age-queue.ts'
import { type TestDatabase, sqlFor } from './test-database.ts'

const nameOf = (database: TestDatabase) =>
  'url' in database ? new URL(database.url).pathname.slice(1) : database.database

/** Ends every connection to the database, and lets nobody in until `end` is called. Resolves when nobody is left there. */
export async function anOutage(database: TestDatabase): Promise<{ end(): Promise<void> }> {
  const name = nameOf(database)
  const sql = sqlFor(
    'url' in database ? { url: database.url.replace(`/${name}`, '/postgres') } : { ...database, database: 'postgres' },
  )
  const allow = (isAllowed: boolean) => sql`alter database ${sql(name)} allow_connections ${sql.unsafe(`${isAllowed}`)}`
  await allow(false)
  // Again for whoever was just being let in, and until those that were told have gone.
  await until(
    async () =>
      (await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`).length === 0,
  )
  return {
    async end() {
      await allow(true)
      await sql.end()
    },
  }
}
