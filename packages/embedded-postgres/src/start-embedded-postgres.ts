import { constants, existsSync } from 'node:fs'
import { access, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findBinaryPackage, makeRunnable } from './binaries.ts'
import { DATABASE, letUsIn, makeCluster, refuseForeignFiles, ROLE, SUPERUSER } from './cluster.ts'
import { defaultDataDir } from './default-data-dir.ts'
import { EmbeddedPostgresRefused } from './embedded-postgres-refused.ts'
import { keepRunning } from './keep-running.ts'
import { makeFolder } from './make-folder.ts'
import { runAs } from './run-as.ts'
import { serverLog } from './server-log.ts'
import { serverSettings } from './server-settings.ts'
import { chooseServerUser, isRoot, type ServerUser } from './server-user.ts'
import { socketFolderOf } from './socket-folder.ts'
import type { EmbeddedPostgresEvent } from './embedded-postgres-event.ts'

export type EmbeddedPostgresOptions = {
  /** The data folder; the server's files go into `postgres-<major version>` in it. */
  dataDir: string
  /** Server settings by their Postgres names, over the launcher's own. */
  settings?: Record<string, string>
  /** Told about the server's life; must not throw. */
  onEvent?: (event: EmbeddedPostgresEvent) => void
}

export type ConnectionOptions = { host: string; user: string; database: string }

export type EmbeddedPostgres = {
  /** The folder of the server's socket: what drivers take as host. */
  host: string
  /** The role that owns the product's database, and nothing else. */
  user: string
  database: string
  /** The three above, as postgres.js takes them. No password: the server knows us by the user we run as. */
  connectionOptions: ConnectionOptions
  /** As the server's superuser: for making other databases, and for a look from outside. */
  superuserOptions: ConnectionOptions
  dataDir: string
  /** The server's process now; another one after a crash. */
  readonly pid: number
  /** Ends sessions and stops the server; within about 8 s, and what was committed stays. */
  stop(): Promise<void>
}

/**
 * Starts the server of this data folder, made on the first start, and keeps it running until `stop`: if it dies, it is
 * started again; if we die, however hard, it shuts down by itself. It listens on a socket that only our own user can
 * open, and on no port. Refuses with `EmbeddedPostgresRefused`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { settings = {}, onEvent = () => {} } = options
  const binaryPackage = await findBinaryPackage()
  const folder = `postgres-${binaryPackage.major}`

  await refuseForeignFiles(options.dataDir, join(options.dataDir, folder), binaryPackage.major)
  const user = await chooseServerUser(join(options.dataDir, folder), options.dataDir)
  const dataDir = await openFolder(resolve(options.dataDir), user)

  const binaries = await makeRunnable(binaryPackage, user, isRoot() ? defaultDataDir() : dataDir)
  if (!existsSync(join(dataDir, folder, 'PG_VERSION'))) {
    onEvent({ kind: 'initialising', folder: join(dataDir, folder) })
    await makeCluster(join(dataDir, folder), binaries, user, settings['fsync'] !== 'off')
  }
  const clusterDir = await realpath(join(dataDir, folder)) // somebody may keep it on another disk
  await letUsIn(clusterDir, user)

  const host = socketFolderOf(clusterDir)
  const server = await keepRunning({
    plan: {
      program: binaries.postgres,
      user,
      clusterDir,
      settings: await serverSettings(dataDir, host, settings),
      log: serverLog(join(dataDir, 'postgres.log')),
    },
    socketFolder: host,
    onEvent,
  })

  return {
    host,
    user: ROLE,
    database: DATABASE,
    connectionOptions: { host, user: ROLE, database: DATABASE },
    superuserOptions: { host, user: SUPERUSER, database: SUPERUSER },
    dataDir,
    get pid() {
      return server.pid()
    },
    stop: server.stop,
  }
}

/** Makes the data folder where there is none, and refuses one that we cannot write or the server cannot enter. */
async function openFolder(folder: string, user: ServerUser): Promise<string> {
  try {
    await makeFolder(folder)
    await access(folder, constants.W_OK)
  } catch (error) {
    throw new EmbeddedPostgresRefused(`The data folder cannot be used: ${(error as Error).message}`)
  }
  if ((await runAs(user.identity, 'sh', ['-c', 'cd "$1"', 'sh', folder])).ok) return realpath(folder)
  throw new EmbeddedPostgresRefused(
    `User ${user.name}, as whom Postgres runs because it refuses to run as root, cannot enter ${folder}. ` +
      'Open that folder and those above it (chmod a+x), or choose another data folder.',
  )
}
