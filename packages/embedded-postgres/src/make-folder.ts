import { chmod, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isRoot } from './server-user.ts'

/**
 * Makes a folder and its parents. Those that root makes here are open (0755) whatever the umask says, because the
 * server's user has to pass through them.
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (!first || !isRoot()) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755)
}
