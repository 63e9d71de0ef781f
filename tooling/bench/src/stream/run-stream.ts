import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { fill, makeQueues } from '../health/database/fill.ts'
import { type AskedChild, startAskedChild } from '../load/ask-child.ts'
import { startPostgres } from '../machine/postgres.ts'
import { residentBytes } from '../machine/resident.ts'
import { makeTemporaryFolder } from '../machine/temporary-folder.ts'
import { type Gateway, spawnGateway } from '../targets/spawn-gateway.ts'
import type { ClientsFound, ToClients, ToCoreProcess } from './client-messages.ts'
import type { StreamFigures } from './stream-bars.ts'

export const measurements = ['consume', 'wake', 'idle', 'stopped'] as const

export type StreamPlan = {
  only: readonly (typeof measurements)[number][]
  rounds: number
  warmUpSeconds: number
  seconds: number
  wakes: number
  sockets: number
  /** Messages that wait while a reader stops. */
  waiting: number
  nodeOptions: string[]
}

const CREDIT = 200
/** As much unfinished as the socket has. */
const CORE = { callers: 2, count: 100 }
/** More than anything here can consume in a second. */
const FILL_PER_SECOND = 40_000
const SETTLE_MILLISECONDS = 3000

/**
 * Measures the stream through gateways as they ship, by clients in a process of their own, beside the core in process.
 * Everything it has started is stopped, and every file removed, however it ends.
 */
export async function runStream(
  plan: StreamPlan,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<{ figures: StreamFigures; postgresVersion: string }> {
  const folder = await makeTemporaryFolder()
  const undo: (() => Promise<unknown>)[] = [folder.remove]
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => {})
  try {
    return await Promise.race([measure(plan, say, folder.path, undo), aborted])
  } finally {
    say('stopping')
    for (const one of undo.reverse()) await one()
  }
}

async function measure(
  plan: StreamPlan,
  say: (text: string) => void,
  folder: string,
  undo: (() => Promise<unknown>)[],
): Promise<{ figures: StreamFigures; postgresVersion: string }> {
  say('starting Postgres and two gateways')
  const server = await startPostgres(join(folder, 'data'))
  undo.push(server.stop)
  const database = await server.createDatabase('bench_stream')
  const project = randomBytes(12).toString('hex')
  const token = randomBytes(20).toString('hex')
  const start = async (name: string): Promise<Gateway> => {
    const options = { dataDir: join(folder, name), nodeOptions: plan.nodeOptions, project, token }
    const gateway = await spawnGateway(database, options)
    undo.push(gateway.stop)
    return gateway
  }
  const [one, other] = [await start('one'), await start('other')]
  const sql = postgres({ ...database, max: 2, onnotice: () => {} })
  undo.push(() => sql.end({ timeout: 5 }))
  const clients: AskedChild<ToClients, ClientsFound> = await startAskedChild(
    new URL('./client-process.js', import.meta.url),
    { kind: 'open' },
  )
  undo.push(clients.stop)
  const core: AskedChild<ToCoreProcess, ClientsFound> = await startAskedChild(
    new URL('./core-process.js', import.meta.url),
    { kind: 'open', database, project },
  )
  undo.push(core.stop)
  const doorOf = ({ host, port }: Gateway) => ({ host, port, project, token })
  const figures: StreamFigures = { streamPerSecond: [], corePerSecond: [] }
  const does = (name: (typeof measurements)[number]) => plan.only.includes(name)

  if (does('idle')) {
    say(`${plan.sockets} idle sockets`)
    await makeQueues(sql, { project, prefix: 'idle', count: 1 })
    const small = 100 // what a process needs once is not counted
    await clients.say({ kind: 'idle', door: doorOf(one), queue: 'idle-0', count: small })
    await pause(SETTLE_MILLISECONDS)
    const before = await residentBytes(one.pid)
    await clients.say({ kind: 'idle', door: doorOf(one), queue: 'idle-0', count: plan.sockets })
    await pause(SETTLE_MILLISECONDS)
    const after = await residentBytes(one.pid)
    figures.idle = { sockets: plan.sockets, kilobytesEach: (after - before) / plan.sockets / 1000 }
    await clients.say({ kind: 'let go' })
  }
  if (does('wake')) {
    say('posts at one gateway, sockets at the other')
    await makeQueues(sql, { project, prefix: 'wake', count: 8 })
    const queues = Array.from({ length: 8 }, (_, i) => `wake-${i}`)
    const told = { kind: 'wake', from: doorOf(one), to: doorOf(other), queues, rounds: plan.wakes } as const
    const { fromSending, fromAnswer } = await clients.say(told)
    if (fromSending) figures.wakeFromSending = fromSending
    if (fromAnswer) figures.wakeFromAnswer = fromAnswer
  }
  if (does('consume')) {
    const { warmUpSeconds, seconds } = plan
    for (let round = 0; round < plan.rounds; round++) {
      const prefix = `consume-${round}`
      const count = Math.ceil(FILL_PER_SECOND * (warmUpSeconds + seconds))
      await makeQueues(sql, { project, prefix, count: 2 })
      for (const i of [0, 1]) await fill(sql, { project, queue: `${prefix}-${i}`, count, with: 'ready' })
      say(`round ${round + 1} of ${plan.rounds}: the core in process`)
      const ofCore = await core.say({ kind: 'consume', queue: `${prefix}-0`, ...CORE, warmUpSeconds, seconds })
      figures.corePerSecond.push(ofCore.perSecond!)
      say(`round ${round + 1} of ${plan.rounds}: one socket`)
      const told = { kind: 'consume', door: doorOf(one), queue: `${prefix}-1`, credit: CREDIT } as const
      figures.streamPerSecond.push((await clients.say({ ...told, warmUpSeconds, seconds })).perSecond!)
    }
  }
  if (does('stopped')) {
    say(`a reader that stops, ${plan.waiting} messages waiting`)
    await makeQueues(sql, { project, prefix: 'stopped', count: 1 })
    await fill(sql, { project, queue: 'stopped-0', count: plan.waiting, with: 'ready' })
    const beforeBytes = await residentBytes(one.pid)
    await clients.say({ kind: 'stop reading', door: doorOf(one), queue: 'stopped-0', credit: CREDIT })
    await pause(SETTLE_MILLISECONDS)
    const [row] = await sql<{ reserved: number }[]>`
      select count(*)::int as reserved from weldmq.messages m join weldmq.queues q on q.id = m.queue_id
       where q.name = 'stopped-0' and m.state = 2`
    const afterBytes = await residentBytes(one.pid)
    figures.stopped = { waiting: plan.waiting, credit: CREDIT, reserved: row!.reserved, beforeBytes, afterBytes }
    await clients.say({ kind: 'let go' })
  }
  return { figures, postgresVersion: server.version }
}
