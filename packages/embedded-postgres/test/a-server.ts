import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { onTestFinished } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresEvent } from '../src/index.ts'
import { socketFolderOf } from '../src/socket-folder.ts'

/** Quick to make and small; a killed process loses nothing by it, only a machine without power does. */
export const small = { fsync: 'off', shared_buffers: '16MB', max_connections: '10' }

/** The path, none of the easiest, of a data folder that is not there yet; gone after the test. */
export async function aDataFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'weldmq-pg-')))
  const dataDir = join(folder, 'my "data", there')
  await chmod(folder, 0o755) // when we are root, the server's user has to pass through
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true })
    await rm(socketFolderOf(join(dataDir, 'postgres-18')), { recursive: true, force: true }) // of a killed server
  })
  return dataDir
}

/** A running server, stopped after the test; `happens` waits for its next event of that kind. */
export async function aServer(dataDir: string, settings: Record<string, string> = small) {
  const waiting = new Map<string, (event: EmbeddedPostgresEvent) => void>()
  const server = await startEmbeddedPostgres({
    dataDir,
    settings,
    onEvent: (event) => waiting.get(event.kind)?.(event),
  })
  onTestFinished(() => server.stop())
  const happens = (kind: EmbeddedPostgresEvent['kind']) =>
    new Promise<EmbeddedPostgresEvent>((resolve) => waiting.set(kind, resolve))
  return { server, happens, sql: connect(server) }
}

/** A client with one connection, as the product's role. */
export function connect(server: EmbeddedPostgres): postgres.Sql {
  const sql = postgres({ ...server.connectionOptions, max: 1, onnotice: () => {}, backoff: () => 0.05 })
  onTestFinished(() => sql.end({ timeout: 1 }))
  return sql
}
