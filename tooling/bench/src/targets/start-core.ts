import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { startLoadProcess } from '../load/load-process.ts'
import type { Target } from './target.ts'

/** The core in a process of its own, its callers with it: in process, they are part of what is measured. */
export async function startCore(
  database: ConnectionOptions,
  { coalesce, nodeOptions }: { coalesce: boolean; nodeOptions: string[] },
): Promise<Target> {
  const process = await startLoadProcess({ at: 'core', database, coalesce }, nodeOptions)
  return { measuredPid: process.pid, perform: process.perform, stop: process.stop }
}
