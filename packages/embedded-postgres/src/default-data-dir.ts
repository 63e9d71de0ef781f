import { homedir } from 'node:os'
import { join } from 'node:path'
import { isRoot } from './server-user.ts'

/**
 * The folder that holds what must outlive a restart when nobody names one. Root's home is closed to the user the
 * server runs as, hence /var/lib for root.
 */
export function defaultDataDir(): string {
  if (isRoot()) return '/var/lib/weldmq'
  return join(homedir(), process.platform === 'darwin' ? 'Library/Application Support/WeldMQ' : '.local/share/weldmq')
}
