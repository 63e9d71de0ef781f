import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { openClient } from './client.ts'

const program = 'beanstalkd'
const host = '127.0.0.1'

/** Why tests against the reference cannot run here, in a line, which is also printed; undefined when they can. */
export const beanstalkdMissing = spawnSync(program, ['-v']).error
  ? 'SKIPPED: beanstalkd is not installed (Debian and Ubuntu: apt-get install beanstalkd)'
  : undefined
if (beanstalkdMissing) process.stderr.write(`${beanstalkdMissing}\n`)

export type Beanstalkd = { host: string; port: number; stop(): Promise<void> }

const STARTED_WITHIN_MILLISECONDS = 25_000

/** The machine's beanstalkd, all in memory, on a free loopback port; it answers when this resolves. */
export async function startBeanstalkd(): Promise<Beanstalkd> {
  const port = await freePort()
  const server = spawn(program, ['-l', host, '-p', String(port)], { stdio: 'ignore' })
  const end = () => void server.kill('SIGKILL')
  process.once('exit', end) // a run that is cut short leaves nothing behind
  const stop = async () => {
    process.off('exit', end)
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  try {
    await answering(server, port)
  } catch (fault) {
    await stop()
    throw fault
  }
  return { host, port, stop }
}

/** Below those that the system gives to whoever asks for any: it would soon give away one that is free now. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer().listen(port, host)
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}

async function answering(server: ChildProcess, port: number): Promise<void> {
  const giveUpAt = performance.now() + STARTED_WITHIN_MILLISECONDS
  while (server.exitCode === null && performance.now() < giveUpAt) {
    try {
      return void (await openClient({ host, port })).socket.destroy()
    } catch {
      await pause(5) // it says nothing when it is ready
    }
  }
  throw new Error('beanstalkd does not answer')
}
