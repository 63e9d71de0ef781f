import { setTimeout as pause } from 'node:timers/promises'
import type { Core, ReservedMessage, Result } from '@weldmq/queue-core'
import { BODY_BYTES } from '../../load/caller.ts'
import { createLatencies } from '../../load/latencies.ts'
import type { Bucket, LoadSpec } from './load-spec.ts'

export type Surroundings = {
  core: Core
  project: string
  /** Processor time that the product's sessions in Postgres have used so far. */
  databaseCpuSeconds(): Promise<number>
}

/** Lets the callers of one load go and tells what came of it, bucket by bucket. */
export async function runLoad({ core, project, databaseCpuSeconds }: Surroundings, spec: LoadSpec): Promise<Bucket[]> {
  let cpuSeconds = await databaseCpuSeconds()
  const began = performance.now()
  const end = began + spec.seconds * 1000
  const buckets: Bucket[] = []
  let bucket = openBucket(began)
  let over = false

  const queueAt = (index: number) => ({ project, queue: `${spec.prefix}-${index}` })
  const anyQueue = () => queueAt(Math.floor(Math.random() * spec.queues))
  const more = () => !over && performance.now() < end
  const backlog = async () => (spec.queues === 1 ? valueOf(await core.findQueue(queueAt(0))).size : 0)

  async function closeBucket() {
    const closed = bucket
    const now = performance.now()
    bucket = openBucket(now)
    const cpuBefore = cpuSeconds
    cpuSeconds = await databaseCpuSeconds()
    buckets.push({
      at: (now - began) / 1000,
      ...closed.figures(now),
      databaseCpuMicroseconds: closed.steps() > 0 ? ((cpuSeconds - cpuBefore) * 1_000_000) / closed.steps() : 0,
      backlog: await backlog(),
      residentBytes: process.memoryUsage.rss(),
    })
    if (spec.does === 'drain' && buckets.at(-1)!.backlog === 0) over = true
  }

  async function caller(index: number) {
    const interval = spec.perSecond ? (spec.callers * 1000) / spec.perSecond : 0
    let due = began + (interval * index) / spec.callers
    while (more()) {
      if (interval > 0) {
        const wait = due - performance.now()
        due += interval
        if (wait > 0.5) await pause(wait)
        if (!more()) return
      }
      await step()
    }
  }

  async function step() {
    const on = anyQueue()
    const start = performance.now()
    if (spec.does === 'cycle' || spec.does === 'post') {
      valueOf(await core.postMessages({ ...on, messages: [{ body, ...priority() }] }))
    }
    if (spec.does === 'post') return bucket.add(performance.now() - start, 0)
    const lapses = spec.lapsing !== undefined && Math.random() < spec.lapsing
    const reserveStart = performance.now()
    const [message] = await take(on, lapses)
    const reserved = performance.now()
    if (!message) return
    if (!lapses) {
      valueOf(await core.deleteMessage({ ...on, messageId: message.id, reservationId: message.reservationId }))
    }
    bucket.add(performance.now() - start, reserved - reserveStart)
  }

  async function take(on: ReturnType<typeof queueAt>, lapses: boolean): Promise<ReservedMessage[]> {
    const timeout = lapses ? { timeoutSeconds: spec.lapseAfterSeconds ?? 1 } : {}
    const wait = spec.does === 'take' ? { waitSeconds: 1 } : {}
    while (more()) {
      const taken = valueOf(await core.reserveMessages({ ...on, count: 1, ...timeout, ...wait }))
      if (taken.length > 0 || spec.does === 'take') return taken
      if (spec.does === 'drain') return pause(20, [])
    }
    return []
  }

  const priority = () =>
    spec.priorities ? { priority: spec.priorities[Math.floor(Math.random() * spec.priorities.length)]! } : {}

  const callers = Promise.all(Array.from({ length: spec.callers }, (_, i) => caller(i)))
  let failed = false
  callers.catch(() => (failed = true))
  const count = Math.max(1, Math.round(spec.seconds / spec.bucketSeconds))
  for (let i = 1; i <= count && !over && !failed; i++) {
    await pause(Math.max(1, began + (i * spec.seconds * 1000) / count - performance.now()))
    await closeBucket()
  }
  await callers
  return buckets
}

function openBucket(opened: number) {
  const whole = createLatencies()
  const reserves = createLatencies()
  let steps = 0
  return {
    add(milliseconds: number, ofReserve: number) {
      whole.add(milliseconds)
      reserves.add(ofReserve)
      steps++
    },
    steps: () => steps,
    figures(closed: number) {
      const [p50 = 0, p99 = 0] = whole.percentiles(0.5, 0.99)
      const [reserveP50 = 0, reserveP99 = 0] = reserves.percentiles(0.5, 0.99)
      return { perSecond: (steps * 1000) / (closed - opened), p50, p99, reserveP50, reserveP99 }
    },
  }
}

const body = Buffer.alloc(BODY_BYTES, 'x')

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`The core refused: ${JSON.stringify(result.refusal)}`)
  return result.value
}
