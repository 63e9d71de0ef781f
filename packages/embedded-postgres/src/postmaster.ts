import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { readLockFile } from './lock-file.ts'
import { CHILD_ENVIRONMENT } from './run-as.ts'
import type { ServerLog } from './server-log.ts'
import type { ServerUser } from './server-user.ts'

/** How long a server may replay its log of changes after a crash before we give up on it. */
const READY_WITHIN_SECONDS = 600
/** Fast shutdown, then an immediate one (loses nothing, but the next start has to recover), then the hard way. */
const FAST_SECONDS = 6
const IMMEDIATE_SECONDS = 2

type Exit = { code: number | null; signal: NodeJS.Signals | null; error?: Error }

/** One run of the server, from ready to its end. */
export type Postmaster = { pid: number; exited: Promise<Exit>; stop(): Promise<void> }

export type LaunchPlan = {
  program: string
  user: ServerUser
  clusterDir: string
  settings: Record<string, string>
  log: ServerLog
}

/**
 * The shell turns into the server, and leaves a guard behind that holds the other end of our pipe. A line on it means
 * that the server has ended; its end without a line means that we have, and then the guard asks the server to stop.
 * The guard is started from a shell between, since the server wonders about children it did not make.
 */
const GUARDED = `exec 3<&0 </dev/null
( ( read -r _ <&3 || kill -INT $$ ) >/dev/null 2>&1 & )
exec "$@" 3<&-`

/** Starts the server and waits until it takes connections; what it said instead is the answer when it does not. */
export async function launchPostmaster(plan: LaunchPlan, signal: AbortSignal): Promise<Postmaster | { said: string }> {
  await plan.log.rotate()
  const since = await plan.log.position()
  const output = await plan.log.open()
  const options = Object.entries(plan.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', plan.program, '-D', plan.clusterDir, ...options], {
    ...plan.user.identity,
    cwd: '/',
    env: CHILD_ENVIRONMENT,
    stdio: ['pipe', output.fd, output.fd],
    detached: true, // Ctrl-C is for us; we stop the server when we no longer need it
  })
  const exited = endOf(child)
  await output.close()

  const pid = child.pid
  if (pid === undefined) return { said: `no process for it: ${(await exited).error?.message}` }
  const postmaster = { pid, exited, stop: () => stop(child, exited) }
  const ready = await Promise.race([exited.then(() => false), becomesReady(pid, plan.clusterDir, signal, exited)])
  if (ready) return postmaster
  await postmaster.stop()
  return { said: await plan.log.tail(since) }
}

function endOf(child: ChildProcess): Promise<Exit> {
  child.stdin?.on('error', () => {}) // the guard was killed; there is nobody to tell
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }))
    child.on('exit', (code, signal) => {
      child.stdin?.end('ended\n')
      resolve({ code, signal })
    })
  })
}

/** The server writes it into its lock file; asking by a connection would need a driver. */
async function becomesReady(pid: number, clusterDir: string, signal: AbortSignal, exited: Promise<Exit>) {
  let ended = false
  void exited.then(() => (ended = true))
  const until = Date.now() + READY_WITHIN_SECONDS * 1000
  while (!ended && !signal.aborted && Date.now() < until) {
    const lock = await readLockFile(clusterDir)
    if (lock?.pid === pid && lock.status === 'ready') return true
    await delay(20)
  }
  return false
}

/** Ends only the process we started: Node knows until its exit that the number is still this child's. */
async function stop(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  const harder = [
    setTimeout(() => child.kill('SIGQUIT'), FAST_SECONDS * 1000),
    setTimeout(() => child.kill('SIGKILL'), (FAST_SECONDS + IMMEDIATE_SECONDS) * 1000),
  ]
  child.kill('SIGINT')
  await exited
  harder.forEach(clearTimeout)
}
