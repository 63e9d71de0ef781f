import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runAs } from './run-as.ts'
import type { ServerUser } from './server-user.ts'
import { SOCKET_NUMBER } from './server-settings.ts'

/** What a running server says about itself in its data folder (postmaster.pid); `status` is empty before it says. */
export type LockFile = { pid: number; status: 'starting' | 'ready' | 'stopping' | 'standby' | '' }

const lockFileIn = (clusterDir: string) => join(clusterDir, 'postmaster.pid')

export async function readLockFile(clusterDir: string): Promise<LockFile | undefined> {
  const lines = (await readFile(lockFileIn(clusterDir), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid === 0) return undefined
  return { pid, status: (lines[7]?.trim() ?? '') as LockFile['status'] }
}

/**
 * Whether the process that a lock file names can be the server of this folder. After a crash its number may long
 * belong to another program. What cannot be found out counts as yes.
 */
export async function mayServe(pid: number, clusterDir: string): Promise<boolean> {
  if (process.platform !== 'linux') return looksLikePostgres(pid)
  try {
    // Every server works in its folder, which can have several paths. A zombie, which Postgres itself takes for alive,
    // works nowhere; a killed server stays one where the first process of a container does not collect the dead.
    const [working, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(clusterDir)])
    return working.dev === ours.dev && working.ino === ours.ino
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

async function looksLikePostgres(pid: number): Promise<boolean> {
  const { ok, output, errno } = await runAs({}, 'ps', ['-o', 'comm=', '-p', String(pid)])
  return errno !== undefined || (ok && output.includes('postgres'))
}

/**
 * Gives a lock that was left behind to us, whom the next server sees as its parent and hence as no rival. The file is
 * kept: by its other lines Postgres finds out whether processes of the dead server still use the folder.
 */
export async function takeOverLockFile(
  { pid }: LockFile,
  clusterDir: string,
  socketFolder: string,
  user: ServerUser,
): Promise<void> {
  const file = lockFileIn(clusterDir)
  const [, ...rest] = (await readFile(file, 'utf8')).split('\n')
  // As the folder's owner, who alone should write there, and only if no other start was quicker.
  const script = 'cat > "$1.new" && read -r pid < "$1" && [ "$pid" = "$2" ] && mv "$1.new" "$1"'
  const argv = ['-c', script, 'sh', file, String(pid)]
  const { ok } = await runAs(user.identity, 'sh', argv, [String(process.pid), ...rest].join('\n'))
  if (ok) await rm(join(socketFolder, `.s.PGSQL.${SOCKET_NUMBER}.lock`), { force: true })
}
