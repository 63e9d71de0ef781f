import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sender, undoAtEnd } from './gateway.ts'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** A gateway as people run it: the built program with an embedded Postgres, in a process of its own. */
export type GatewayProcess = {
  url: string
  /** Listeners for beanstalk clients. */
  beanstalk: string[]
  projectId: string
  pid: number
  /** Everything it has printed so far. */
  printed(): string
  send: ReturnType<typeof sender>
  /** Resolves with the exit code, or the signal that killed it. */
  ended: Promise<number | NodeJS.Signals>
  kill(signal: NodeJS.Signals): void
}

/** Runs the program with these settings and nothing else from our environment that is about it. */
export function run(
  settings: Record<string, string>,
  argv: string[] = [],
): { child: ChildProcess; printed: () => string } {
  if (!existsSync(main)) throw new Error('The gateway is not built; npm test does that first')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(WELDMQ_|DATABASE_URL$|NODE_OPTIONS$)/.test(name))
  const env = {
    ...Object.fromEntries(inherited),
    WELDMQ_LISTEN: '127.0.0.1:0',
    WELDMQ_BEANSTALK_LISTEN: '127.0.0.1:0',
    ...settings,
  }
  const child = spawn(process.execPath, [main, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text))
  undoAtEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return { child, printed: () => printed }
}

/** Resolves once it says that it is ready; rejects with what it printed when it ends before. */
export async function aGatewayProcess(
  settings: Record<string, string>,
  token?: string,
  argv: string[] = [],
): Promise<GatewayProcess> {
  const { child, printed } = run(settings, argv)
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const ready = new Promise<{ url: string; beanstalk: string[]; project_id: string; pid: number }>((resolve) => {
    child.stdout!.on('data', () => {
      const line = /^WELDMQ_READY (.*)\n/m.exec(printed())
      if (line) resolve(JSON.parse(line[1]!))
    })
  })
  const early = ended.then((how) => {
    throw new Error(`The gateway ended with ${how} before it was ready:\n${printed()}`)
  })
  early.catch(() => {}) // it will end one day
  const { url, beanstalk, project_id: projectId, pid } = await Promise.race([ready, early])
  return {
    url,
    beanstalk,
    projectId,
    pid,
    printed,
    send: sender(url, token),
    ended,
    kill: (signal) => void child.kill(signal),
  }
}

/** The process of the embedded Postgres that has this data folder. */
export function postmasterOf(dataDir: string): number {
  const cluster = readdirSync(dataDir).find((name) => name.startsWith('postgres-'))!
  return Number.parseInt(readFileSync(join(dataDir, cluster, 'postmaster.pid'), 'utf8'))
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
