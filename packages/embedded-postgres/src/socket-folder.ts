import { createHash } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { chown, lstat, mkdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresRefused } from './embedded-postgres-refused.ts'
import { isRoot, type ServerUser } from './server-user.ts'

/**
 * Where the server on this folder listens. Short, because a socket's path may have 107 bytes (103 on macOS); the same
 * at every start, so that a killed server leaves one folder behind and not one per start.
 */
export function socketFolderOf(clusterDir: string): string {
  const name = `weldmq-${createHash('sha256').update(clusterDir).digest('hex').slice(0, 12)}`
  return join(placeForSockets(), name)
}

/** Root has a place where nobody else can make a folder first; others have the shared one, where names can be taken. */
function placeForSockets(): string {
  if (isRoot() && isWritable('/run')) return '/run'
  const place = tmpdir()
  return Buffer.byteLength(place) <= 64 ? place : '/tmp'
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Makes the folder, open to the server's user alone. Refuses one that somebody else has made there, or that others
 * can open: whoever owns it could answer in the server's place.
 */
export async function makeSocketFolder(folder: string, user: ServerUser): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(folder)
  if (found.uid === 0 && isRoot() && found.isDirectory()) await chown(folder, user.uid, user.identity.gid ?? -1)
  else if (found.uid !== user.uid || !found.isDirectory())
    throw new EmbeddedPostgresRefused(
      `The socket folder ${folder} belongs to somebody else. Remove it and start again.`,
    )
  if (found.mode & 0o077)
    throw new EmbeddedPostgresRefused(`The socket folder ${folder} is open to others. Remove it and start again.`)
}

/** Leaves nothing behind after a clean stop; a folder that another start has put to use stays. */
export const removeSocketFolder = (folder: string): Promise<void> => rmdir(folder).catch(() => {})
