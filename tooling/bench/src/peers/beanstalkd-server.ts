import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { LeftOut } from '../targets/left-out.ts'

export type BeanstalkdServer = { host: string; port: number; pid: number; stop(): Promise<void> }

const PROGRAM = 'beanstalkd'
const HOST = '127.0.0.1'
const READY_WITHIN_MILLISECONDS = 5_000
const LOOK_EVERY_MILLISECONDS = 20

/** Reads a pipe of ours until it ends, which it does with us, however hard; `$$` is the server after the exec. */
const endsWithParent = '(read -r _; kill $$) <&3 2>/dev/null & exec "$@" 3<&-'

/**
 * The program as the machine has it, on a free port. With a folder it keeps its log there and syncs each write before
 * it answers; without, it is as it starts by itself: all in memory.
 */
export async function startBeanstalkd(logFolder: string | undefined): Promise<BeanstalkdServer> {
  if (spawnSync(PROGRAM, ['-v']).error) {
    throw new LeftOut('beanstalkd is left out: the program is not installed (Debian and Ubuntu: `beanstalkd`).')
  }
  if (logFolder) await mkdir(logFolder)
  const port = await freePort()
  const durable = logFolder ? ['-b', logFolder, '-f0'] : []
  const server = spawn('sh', ['-c', endsWithParent, 'sh', PROGRAM, '-l', HOST, '-p', String(port), ...durable], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const gone = once(server, 'exit')
  const stop = async () => {
    server.stdio[3]?.destroy()
    await gone
  }
  try {
    await answering(port)
    return { host: HOST, port, pid: server.pid!, stop }
  } catch (fault) {
    await stop()
    throw fault
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answering(port: number): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MILLISECONDS
  for (;;) {
    const socket = connect({ host: HOST, port })
    try {
      await once(socket, 'connect')
      return
    } catch (fault) {
      if (performance.now() > giveUpAt) throw new Error('beanstalkd does not answer', { cause: fault })
      await setTimeout(LOOK_EVERY_MILLISECONDS)
    } finally {
      socket.destroy()
    }
  }
}
