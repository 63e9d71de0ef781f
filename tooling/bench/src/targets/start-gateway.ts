import { randomBytes } from 'node:crypto'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { besideServer } from '../load/beside-server.ts'
import { spawnGateway } from './spawn-gateway.ts'
import type { Target } from './target.ts'

/** The gateway as it ships, in a process of its own, and a second process whose callers speak v3 or v2 to it. */
export async function startGateway(
  database: ConnectionOptions,
  { dataDir, speaks, nodeOptions }: { dataDir: string; speaks: 'v2' | 'v3'; nodeOptions: string[] },
): Promise<Target> {
  const project = randomBytes(12).toString('hex')
  const token = randomBytes(20).toString('hex')
  const gateway = await spawnGateway(database, { dataDir, nodeOptions, project, token })
  const { host, port, pid } = gateway
  return besideServer(gateway, { at: 'http', host, port, project, token, speaks, gatewayPid: pid }, [])
}
