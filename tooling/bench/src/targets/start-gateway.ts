import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { startLoadProcess } from '../load/load-process.ts'
import { environmentOf } from '../machine/postgres.ts'
import type { Target } from './target.ts'

const gatewayMain = fileURLToPath(new URL('../../../../apps/gateway/dist/main.js', import.meta.url))
const endsWithParent = new URL('./ends-with-parent.js', import.meta.url).href

/** The gateway as it ships, in a process of its own, and a second process whose callers speak v3 to it. */
export async function startGateway(
  database: ConnectionOptions,
  { dataDir, nodeOptions }: { dataDir: string; nodeOptions: string[] },
): Promise<Target> {
  const project = randomBytes(12).toString('hex')
  const token = randomBytes(20).toString('hex')
  const gateway = spawn(process.execPath, [...nodeOptions, '--import', endsWithParent, gatewayMain], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      ...environmentOf(database),
      WELDMQ_DATA_DIR: dataDir,
      WELDMQ_LISTEN: '127.0.0.1:0',
      WELDMQ_PROJECT_ID: project,
      WELDMQ_TOKEN: token,
      WELDMQ_LOG: 'warn',
    },
  })
  const stopGateway = async () => {
    if (gateway.exitCode !== null || gateway.signalCode !== null) return
    const gone = once(gateway, 'exit')
    gateway.kill('SIGTERM')
    await gone
  }
  try {
    const { hostname: host, port } = await addressOf(gateway)
    const door = { at: 'http', host, port: Number(port), project, token, gatewayPid: gateway.pid! } as const
    const load = await startLoadProcess(door, [])
    return {
      measuredPid: gateway.pid!,
      perform: load.perform,
      async stop() {
        try {
          await load.stop()
        } finally {
          await stopGateway()
        }
      },
    }
  } catch (fault) {
    await stopGateway()
    throw fault
  }
}

/** Reads the line that the gateway prints for programs; what else it says goes on to our own error output. */
function addressOf(gateway: ChildProcess): Promise<URL> {
  return new Promise((resolve, reject) => {
    gateway.once('error', reject)
    gateway.once('exit', (code) => reject(new Error(`The gateway ended with exit code ${code} before it was ready.`)))
    gateway.stderr!.pipe(process.stderr)
    createInterface({ input: gateway.stdout! }).on('line', (line) => {
      if (line.startsWith('WELDMQ_READY ')) resolve(new URL(JSON.parse(line.slice(line.indexOf(' '))).url))
      else if (line.startsWith('{')) process.stderr.write(`${line}\n`)
    })
  })
}
