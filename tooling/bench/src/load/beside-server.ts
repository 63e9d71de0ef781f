import type { Target } from '../targets/target.ts'
import { startLoadProcess } from './load-process.ts'
import type { DoorOptions } from './open-door.ts'

/** A server that is measured, with its callers in a process beside it; both end together, also when one cannot start. */
export async function besideServer(
  server: { pid: number; stop(): Promise<void> },
  door: DoorOptions,
  nodeOptions: string[],
): Promise<Target> {
  try {
    const load = await startLoadProcess(door, nodeOptions)
    return {
      measuredPid: server.pid,
      perform: load.perform,
      async stop() {
        try {
          await load.stop()
        } finally {
          await server.stop()
        }
      },
    }
  } catch (fault) {
    await server.stop()
    throw fault
  }
}
