import type { Measured } from '../scenarios/measure.ts'
import type { Task } from '../scenarios/scenario.ts'
import { startAskedChild } from './ask-child.ts'
import type { ToLoadProcess } from './messages.ts'
import type { DoorOptions } from './open-door.ts'

export type LoadProcess = {
  pid: number
  /** One task at a time. */
  perform(task: Task): Promise<Measured[]>
  /** Ends it in order, or at once when it is at work; afterwards it is gone. */
  stop(): Promise<void>
}

/** A process of its own, which ends with ours; rejects with what went wrong in it. It may run on another Node. */
export async function startLoadProcess(
  door: DoorOptions,
  nodeOptions: string[],
  node: string = process.execPath,
): Promise<LoadProcess> {
  const file = new URL('./process.js', import.meta.url)
  const options = { execPath: node, execArgv: nodeOptions }
  const child = await startAskedChild<ToLoadProcess, Measured[]>(file, { kind: 'open', door }, options)
  return { pid: child.pid, perform: (task) => child.say({ kind: 'perform', task }), stop: child.stop }
}
