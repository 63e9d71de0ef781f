import { existsSync } from 'node:fs'
import { chown, mkdtemp, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresRefused } from './embedded-postgres-refused.ts'
import { nameOf, type ServerUser } from './server-user.ts'
import { runAs } from './run-as.ts'

/** The role the product works as, which owns its database and nothing else, and the one for everything else. */
export const ROLE = 'weldmq'
export const DATABASE = 'weldmq'
export const SUPERUSER = 'postgres'

/** What an interrupted `initdb` left is removed once it is this old; none takes longer. */
const ABANDONED_AFTER_MINUTES = 10

/**
 * Refuses, before anything is written, a data folder whose Postgres files are of another major version (a server can
 * only read its own), or are not where or what they should be.
 */
export async function refuseForeignFiles(dataDir: string, clusterDir: string, major: number): Promise<void> {
  if (existsSync(join(dataDir, 'PG_VERSION')))
    throw new EmbeddedPostgresRefused(
      `${dataDir} is itself a data folder of Postgres. Name a folder for WeldMQ, in which it makes its own.`,
    )
  const here = await contentOf(clusterDir)
  if (here === 'files')
    throw new EmbeddedPostgresRefused(`${clusterDir} holds files, but not those of Postgres. Move them away.`)
  if (here === major) return
  if (typeof here === 'number') throw otherMajor(clusterDir, here, major)

  const names = await readdir(dataDir).catch(() => [])
  for (const name of names.filter((name) => /^postgres-\d+$/.test(name))) {
    const there = await contentOf(join(dataDir, name))
    if (typeof there === 'number') throw otherMajor(join(dataDir, name), there, major)
  }
}

const otherMajor = (folder: string, found: number, ours: number) =>
  new EmbeddedPostgresRefused(
    `${folder} was made by PostgreSQL ${found}, and this WeldMQ brings PostgreSQL ${ours}, which cannot read it. ` +
      'Nothing was changed. Start the WeldMQ that made it, or choose another data folder.',
  )

async function contentOf(folder: string): Promise<'nothing' | 'files' | number> {
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => '')
  if (version) return Number.parseInt(version)
  const names = await readdir(folder).catch(() => [])
  return names.length === 0 ? 'nothing' : 'files'
}

/**
 * Makes the server's files where there are none, with the product's role and database in them. They appear under
 * their final name only when they are whole, so a kill at any moment leaves either nothing or everything; of two
 * starts at once, the first one's files stay.
 */
export async function makeCluster(
  clusterDir: string,
  binaries: Binaries,
  user: ServerUser,
  durable: boolean,
): Promise<void> {
  await removeAbandoned(clusterDir)
  const unfinished = await mkdtemp(`${clusterDir}.new-`)
  try {
    if (user.identity.uid !== undefined) await chown(unfinished, user.identity.uid, user.identity.gid ?? -1)
    await must(user, binaries.initdb, [
      ...['-D', unfinished, '-U', SUPERUSER, '-A', 'peer', '--no-instructions'],
      // The same order and spelling of text on every machine, whatever locales it has.
      ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      '--no-sync',
    ])
    // A server without a socket, for the two statements that need no driver.
    const alone = ['--single', '-D', unfinished, '-c', 'fsync=off', '-c', 'exit_on_error=on']
    await must(
      user,
      binaries.postgres,
      [...alone, SUPERUSER],
      `create role ${ROLE} login\ncreate database ${DATABASE} owner ${ROLE}\n`,
    )
    await writeAsOwner(user, join(unfinished, 'pg_hba.conf'), 'local all all peer map=weldmq\n')
    if (durable) await must(user, binaries.initdb, ['--sync-only', '-D', unfinished]) // everything at once, before it counts
    await rename(unfinished, clusterDir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return
      throw new EmbeddedPostgresRefused(`${clusterDir} cannot be put in its place: ${error.message}`)
    })
    if (durable) await sync(dirname(clusterDir))
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** Lets our own user in, as any role, and nobody else. Said at every start, since we may run as another one today. */
export async function letUsIn(clusterDir: string, user: ServerUser): Promise<void> {
  const us = await nameOf(process.getuid!())
  await writeAsOwner(user, join(clusterDir, 'pg_ident.conf'), `weldmq "${us}" all\n`)
}

async function removeAbandoned(clusterDir: string): Promise<void> {
  const parent = dirname(clusterDir)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(clusterDir)}.new-`)) continue
    const { mtimeMs } = await stat(join(parent, name))
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MINUTES * 60_000) await rm(join(parent, name), { recursive: true })
  }
}

/** Files in the server's folder are written by its user: root must not follow a link that this user may have put. */
const writeAsOwner = (user: ServerUser, file: string, content: string) =>
  must(user, 'sh', ['-c', 'cat > "$1"', 'sh', file], content)

async function must(user: ServerUser, program: string, argv: string[], input?: string): Promise<void> {
  const { ok, output } = await runAs(user.identity, program, argv, input)
  if (!ok) throw new EmbeddedPostgresRefused(`${basename(program)} failed as user ${user.name}:\n${output.trim()}`)
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder)
  await handle.sync()
  await handle.close()
}
