import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Measured } from '../scenarios/measure.ts'
import type { Task } from '../scenarios/scenario.ts'
import type { FromLoadProcess, ToLoadProcess } from './messages.ts'
import type { DoorOptions } from './open-door.ts'

export type LoadProcess = {
  pid: number
  /** One task at a time. */
  perform(task: Task): Promise<Measured[]>
  /** Ends it in order, or at once when it is at work; afterwards it is gone. */
  stop(): Promise<void>
}

const STOP_WITHIN_MILLISECONDS = 10_000

/** A process of its own, which ends with ours; rejects with what went wrong in it. It may run on another Node. */
export async function startLoadProcess(
  door: DoorOptions,
  nodeOptions: string[],
  node: string = process.execPath,
): Promise<LoadProcess> {
  const child = fork(fileURLToPath(new URL('./process.js', import.meta.url)), { execPath: node, execArgv: nodeOptions })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let busy = false

  async function say(said: ToLoadProcess) {
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
    await say({ kind: 'open', door })
  } catch (fault) {
    await stop()
    throw fault
  }
  return { pid: child.pid!, perform: (task) => say({ kind: 'perform', task }), stop }
}

function ask(child: ChildProcess, said: ToLoadProcess): Promise<Measured[]> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('The process that makes load has ended.'))
    child.once('exit', onExit)
    child.once('message', (reply: FromLoadProcess) => {
      child.off('exit', onExit)
      if (reply.ok) resolve(reply.measured)
      else reject(new Error(reply.fault))
    })
    child.send(said)
  })
}
