import { type ConnectionOptions, startEmbeddedPostgres } from '@weldmq/embedded-postgres'
import postgres from 'postgres'

export type BenchPostgres = {
  /** As `show server_version` says it. */
  version: string
  /** An empty database of its own on the one server, owned by the role that the product works as. */
  createDatabase(name: string): Promise<ConnectionOptions>
  /** Also closes what is still connected to it. */
  dropDatabase(name: string): Promise<void>
  /**
   * Writes so much of the log of changes that a checkpoint leaves files of it to be used again: a new server has to
   * make each of them, 16 MB at a time, which everybody who commits at that moment waits for (about 50 ms).
   */
  ageLog(megabytes: number): Promise<void>
  stop(): Promise<void>
}

/** The product's own server with the product's own settings, save for those given: fsync and synchronous_commit are on. */
export async function startPostgres(dataDir: string, settings: Record<string, string> = {}): Promise<BenchPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings })
  const sql = postgres({ ...server.superuserOptions, max: 1, onnotice: () => {} })
  try {
    const [shown] = await sql<{ server_version: string }[]>`show server_version`
    return {
      version: shown!.server_version,
      async createDatabase(name) {
        await sql`create database ${sql(name)} owner ${sql(server.user)}`
        return { host: server.host, user: server.user, database: name }
      },
      async dropDatabase(name) {
        await sql`drop database ${sql(name)} with (force)`
      },
      async ageLog(megabytes) {
        await sql`
          select count(pg_logical_emit_message(false, 'bench', repeat('x', 1000000))) from generate_series(1, ${megabytes}::int)`
        await sql`checkpoint`
      },
      async stop() {
        await sql.end({ timeout: 5 })
        await server.stop()
      },
    }
  } catch (fault) {
    await sql.end({ timeout: 0 })
    await server.stop()
    throw fault
  }
}

/**
 * For a program that takes only a URL: a socket's folder has no place in it that the driver reads, so the host is left
 * out and comes from the environment.
 */
export const environmentOf = ({ host, user, database }: ConnectionOptions) => ({
  DATABASE_URL: `postgres:///${encodeURIComponent(database)}`,
  PGHOST: host,
  PGUSER: user,
})
