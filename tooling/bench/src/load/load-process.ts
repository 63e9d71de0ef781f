import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Measured } from '../scenarios/measure.ts'
import type { Task } from '../scenarios/scenario.ts'
import type { FromLoadProcess, ToLoadProcess } from './messages.ts'

export type LoadProcess = {
  pid: number
  perform(task: Task): Promise<Measured[]>
  /** Ends it in order; afterwards it is gone. */
  stop(): Promise<void>
}

type OpenDoor = Extract<ToLoadProcess, { kind: 'open' }>['door']

const STOP_WITHIN_MILLISECONDS = 10_000

/** A process of its own, which ends with ours; rejects with what went wrong in it. */
export async function startLoadProcess(door: OpenDoor, nodeOptions: string[]): Promise<LoadProcess> {
  const child = fork(fileURLToPath(new URL('./process.js', import.meta.url)), { execArgv: nodeOptions })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const say = (said: ToLoadProcess) => ask(child, said)
  try {
    await say({ kind: 'open', door })
  } catch (fault) {
    child.kill('SIGKILL')
    throw fault
  }
  return {
    pid: child.pid!,
    perform: (task) => say({ kind: 'perform', task }),
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MILLISECONDS)
      try {
        if (child.connected) await say({ kind: 'close' })
      } finally {
        child.disconnect() // it exits by itself then
        await gone
        clearTimeout(force)
      }
    },
  }
}

function ask(child: ChildProcess, said: ToLoadProcess): Promise<Measured[]> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`The process that makes load ended (exit code ${code}).`))
    child.once('exit', onExit)
    child.once('message', (reply: FromLoadProcess) => {
      child.off('exit', onExit)
      if (reply.ok) resolve(reply.measured)
      else reject(new Error(reply.fault))
    })
    child.send(said)
  })
}
