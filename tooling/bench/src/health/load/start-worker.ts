import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { startAskedChild } from '../../load/ask-child.ts'
import type { Bucket, LoadSpec } from './load-spec.ts'
import type { ToWorker } from './worker-messages.ts'

export type Worker = {
  /** One load at a time. */
  run(spec: LoadSpec): Promise<Bucket[]>
  /** Ends it in order, or at once when it is at work; afterwards it is gone. */
  stop(): Promise<void>
}

/** A gateway without its protocols: a core of its own in a process of its own, its callers with it; ends with ours. */
export async function startWorker(core: {
  database: ConnectionOptions
  project: string
  coalesce?: boolean
}): Promise<Worker> {
  const file = new URL('./worker-process.js', import.meta.url)
  const child = await startAskedChild<ToWorker, Bucket[]>(file, { kind: 'open', coalesce: true, ...core })
  return { run: (spec) => child.say({ kind: 'run', spec }), stop: child.stop }
}
