import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import type { Bucket, LoadSpec } from './load-spec.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

export type Worker = {
  /** One load at a time. */
  run(spec: LoadSpec): Promise<Bucket[]>
  /** Ends it in order, or at once when it is at work; afterwards it is gone. */
  stop(): Promise<void>
}

const STOP_WITHIN_MILLISECONDS = 10_000

/** A gateway without its protocols: a core of its own in a process of its own, its callers with it; ends with ours. */
export async function startWorker(core: {
  database: ConnectionOptions
  project: string
  coalesce?: boolean
}): Promise<Worker> {
  const child = fork(fileURLToPath(new URL('./worker-process.js', import.meta.url)))
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let busy = false

  async function say(said: ToWorker) {
    busy = true
    try {
      return await ask(child, said)
    } finally {
      busy = false
    }
  }

  async function stop() {
    const force = setTimeout(() => child.kill('SIGKILL'), busy ? 0 : STOP_WITHIN_MILLISECONDS)
    try {
      if (!busy && child.connected) await say({ kind: 'close' })
    } finally {
      if (child.connected) child.disconnect() // it exits by itself then
      await gone
      clearTimeout(force)
    }
  }

  try {
    await say({ kind: 'open', coalesce: true, ...core })
  } catch (fault) {
    await stop()
    throw fault
  }
  return { run: (spec) => say({ kind: 'run', spec }), stop }
}

function ask(child: ChildProcess, said: ToWorker): Promise<Bucket[]> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('A worker has ended.'))
    child.once('exit', onExit)
    child.once('message', (reply: FromWorker) => {
      child.off('exit', onExit)
      if (reply.ok) resolve(reply.buckets)
      else reject(new Error(reply.fault))
    })
    child.send(said)
  })
}
