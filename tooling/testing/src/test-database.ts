import { createHash } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, inject } from 'vitest'

/** What a core is opened with: a socket's folder and who we are there, or a URL. */
export type TestDatabase = { host: string; user: string; database: string } | { url: string }

/** The server of this run, from the global setup; `run` begins the name of every database made on it. */
export type TestServer = { run: string } & (
  | { url: string }
  | { user: string; admin: { host: string; user: string; database: string } }
)

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServer
  }
}

export type TestDatabaseOptions = {
  /** Names what `prepare` makes, where a run has more than one such thing. */
  name?: string
  /** Fills the template, once per run; must have closed its connections when it is done. */
  prepare?: (database: TestDatabase) => Promise<unknown>
}

/**
 * A database of its own for the calling test file, cloned from a template that `prepare` has filled. To be called at
 * the top of the file; the database is dropped at the file's end, after the hooks that were registered later.
 */
export async function testDatabase({ name = 'core', prepare }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = inject('testServer')
  const template = `${server.run}_t_${short(name)}`
  const database = `${server.run}_${short(`${process.pid} ${process.hrtime.bigint()}`)}`

  await withAdmin(server, async (sql) => {
    await makeTemplate(sql, server, template, prepare)
    await createDatabase(sql, server, database, template)
  })
  afterAll(() => withAdmin(server, (sql) => drop(sql, database)))
  return optionsFor(server, database)
}

/** A way of its own into a test's database, to age rows and to look; to be ended by the caller. */
export const sqlFor = (database: TestDatabase): postgres.Sql => {
  const settings = { max: 3, onnotice: () => {} }
  return 'url' in database ? postgres(database.url, settings) : postgres({ ...database, ...settings })
}

/** Removes everything this run has made on a server that outlives it. */
export const dropTestDatabases = (server: TestServer): Promise<void> =>
  withAdmin(server, async (sql) => {
    const ours = await sql<{ name: string }[]>`
      select datname as name from pg_database where starts_with(datname, ${`${server.run}_`})
    `
    for (const { name } of ours) await drop(sql, name)
  })

/** Test files are separate processes; the first to hold the lock makes the template and the others find it. */
async function makeTemplate(
  sql: postgres.Sql,
  server: TestServer,
  template: string,
  prepare: TestDatabaseOptions['prepare'],
): Promise<void> {
  const unfinished = `${template}_new`
  await sql`select pg_advisory_lock(hashtextextended(${template}, 0))`
  try {
    const [found] = await sql`select from pg_database where datname = ${template}`
    if (found) return
    await drop(sql, unfinished) // of a process that died while making it
    await createDatabase(sql, server, unfinished, 'template0')
    await prepare?.(optionsFor(server, unfinished))
    await sql`alter database ${sql(unfinished)} rename to ${sql(template)}`
  } finally {
    await sql`select pg_advisory_unlock(hashtextextended(${template}, 0))`
  }
}

/** Owned by the role that the product works as, so that tests have no rights which it has not. */
async function createDatabase(sql: postgres.Sql, server: TestServer, database: string, template: string) {
  if ('url' in server) await sql`create database ${sql(database)} template ${sql(template)}`
  else await sql`create database ${sql(database)} template ${sql(template)} owner ${sql(server.user)}`
}

async function drop(sql: postgres.Sql, database: string): Promise<void> {
  await sql`drop database if exists ${sql(database)} with (force)`
}

function optionsFor(server: TestServer, database: string): TestDatabase {
  if (!('url' in server)) return { host: server.admin.host, user: server.user, database }
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return { url: url.href }
}

async function withAdmin(server: TestServer, work: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const settings = { max: 1, onnotice: () => {} } // one connection: the lock belongs to it
  const sql = 'url' in server ? postgres(server.url, settings) : postgres({ ...server.admin, ...settings })
  try {
    await work(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10)
