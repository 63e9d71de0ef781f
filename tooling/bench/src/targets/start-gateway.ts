import { randomBytes } from 'node:crypto'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { startLoadProcess } from '../load/load-process.ts'
import { spawnGateway } from './spawn-gateway.ts'
import type { Target } from './target.ts'

/** The gateway as it ships, in a process of its own, and a second process whose callers speak v3 to it. */
export async function startGateway(
  database: ConnectionOptions,
  { dataDir, nodeOptions }: { dataDir: string; nodeOptions: string[] },
): Promise<Target> {
  const project = randomBytes(12).toString('hex')
  const token = randomBytes(20).toString('hex')
  const gateway = await spawnGateway(database, { dataDir, nodeOptions, project, token })
  try {
    const { host, port, pid } = gateway
    const load = await startLoadProcess({ at: 'http', host, port, project, token, gatewayPid: pid }, [])
    return {
      measuredPid: pid,
      perform: load.perform,
      async stop() {
        try {
          await load.stop()
        } finally {
          await gateway.stop()
        }
      },
    }
  } catch (fault) {
    await gateway.stop()
    throw fault
  }
}
