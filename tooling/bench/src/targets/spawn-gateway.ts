import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { environmentOf } from '../machine/postgres.ts'

const gatewayMain = fileURLToPath(new URL('../../../../apps/gateway/dist/main.js', import.meta.url))
const endsWithParent = new URL('./ends-with-parent.js', import.meta.url).href

type Place = { host: string; port: number }

export type Gateway = Place & { pid: number; beanstalk: Place; stop(): Promise<void> }

export type GatewayOptions = {
  dataDir: string
  nodeOptions: string[]
  /** What its first start makes, if it is the first on its database. */
  project: string
  token: string
}

/** The gateway as it ships, in a process of its own that ends with ours; answers when it serves. */
export async function spawnGateway(
  database: ConnectionOptions,
  { dataDir, nodeOptions, project, token }: GatewayOptions,
): Promise<Gateway> {
  const gateway = spawn(process.execPath, [...nodeOptions, '--import', endsWithParent, gatewayMain], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      ...environmentOf(database),
      WELDMQ_DATA_DIR: dataDir,
      WELDMQ_LISTEN: '127.0.0.1:0',
      WELDMQ_BEANSTALK_LISTEN: '127.0.0.1:0',
      WELDMQ_PROJECT_ID: project,
      WELDMQ_TOKEN: token,
      WELDMQ_LOG: 'warn',
    },
  })
  const stop = async () => {
    if (gateway.exitCode !== null || gateway.signalCode !== null) return
    const gone = once(gateway, 'exit')
    gateway.kill('SIGTERM')
    await gone
  }
  try {
    const { url, beanstalk } = await addressesOf(gateway)
    return { pid: gateway.pid!, ...placeOf(url), beanstalk: placeOf(`tcp://${beanstalk[0]}`), stop }
  } catch (fault) {
    await stop()
    throw fault
  }
}

function placeOf(url: string): Place {
  const { hostname: host, port } = new URL(url)
  return { host, port: Number(port) }
}

/** Reads the line that the gateway prints for programs; what else it says goes on to our own error output. */
function addressesOf(gateway: ChildProcess): Promise<{ url: string; beanstalk: string[] }> {
  return new Promise((resolve, reject) => {
    gateway.once('error', reject)
    gateway.once('exit', (code) => reject(new Error(`The gateway ended with exit code ${code} before it was ready.`)))
    gateway.stderr!.pipe(process.stderr)
    createInterface({ input: gateway.stdout! }).on('line', (line) => {
      if (line.startsWith('WELDMQ_READY ')) resolve(JSON.parse(line.slice(line.indexOf(' '))))
      else if (line.startsWith('{')) process.stderr.write(`${line}\n`)
    })
  })
}
