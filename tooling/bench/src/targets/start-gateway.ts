import { randomBytes } from 'node:crypto'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { besideServer } from '../load/beside-server.ts'
import { spawnGateway } from './spawn-gateway.ts'
import type { Target } from './target.ts'

type Options = { dataDir: string; nodeOptions: string[] }

const newCredentials = () => ({ project: randomBytes(12).toString('hex'), token: randomBytes(20).toString('hex') })

/** The gateway as it ships, in a process of its own, and a second process whose callers speak v3 or v2 to it. */
export async function startGateway(
  database: ConnectionOptions,
  { speaks, ...options }: Options & { speaks: 'v2' | 'v3' },
): Promise<Target> {
  const { project, token } = newCredentials()
  const gateway = await spawnGateway(database, { ...options, project, token })
  const { host, port, pid } = gateway
  return besideServer(gateway, { at: 'http', host, port, project, token, speaks, gatewayPid: pid }, [])
}

/** The same, with callers that speak the protocol of beanstalkd: by the very door that measures beanstalkd. */
export async function startBeanstalkGateway(database: ConnectionOptions, options: Options): Promise<Target> {
  const gateway = await spawnGateway(database, { ...options, ...newCredentials() })
  const { beanstalk, pid } = gateway
  return besideServer(gateway, { at: 'beanstalkd', ...beanstalk, serverPid: pid }, [])
}
