import { type Core, openCore } from '@weldmq/queue-core'
import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import { type AskedChild, startAskedChild } from '../load/ask-child.ts'
import type { Gathered, ToSubscribers } from './push-messages.ts'
import { spawnPusher } from './spawn-pusher.ts'

type Subscribers = {
  urls: string[]
  reset(): Promise<void>
  gather(count: number, withinSeconds: number): Promise<Gathered>
}

/** What a scenario works with; all of it ends with the scenario. */
export type PushBench = {
  core: Core
  project: string
  database: ConnectionOptions
  subscribers(count: number, hanging?: number): Promise<Subscribers>
  startPusher(): void
  /** Posts messages whose bodies say when. */
  post(queue: string, count: number): Promise<void>
}

const BODY_BYTES = 100

/** Runs one scenario with a core, subscribers and pushers of its own. */
export async function withPushBench<T>(
  database: ConnectionOptions,
  nodeOptions: string[],
  run: (bench: PushBench) => Promise<T>,
): Promise<T> {
  const core = await openCore({ database })
  const pushers: { stop(): Promise<void> }[] = []
  const children: AskedChild<ToSubscribers, number[] | Gathered>[] = []
  try {
    const project = await core.createProject({ name: 'bench' })
    if (!project.ok) throw new Error('no project')
    return await run({
      core,
      project: project.value.id,
      database,
      async subscribers(count, hanging = 0) {
        const file = new URL('./subscriber-process.js', import.meta.url)
        const child = await startAskedChild<ToSubscribers, number[] | Gathered>(file, { kind: 'reset' })
        children.push(child)
        const ports = (await child.say({ kind: 'open', count, hanging })) as number[]
        return {
          urls: ports.map((port) => `http://127.0.0.1:${port}/`),
          reset: async () => void (await child.say({ kind: 'reset' })),
          gather: async (expected, withinSeconds) =>
            (await child.say({ kind: 'gather', count: expected, withinSeconds })) as Gathered,
        }
      },
      startPusher: () => void pushers.push(spawnPusher(database, nodeOptions)),
      async post(queue, count) {
        const at = performance.timeOrigin + performance.now()
        const body = Buffer.from(`${at.toFixed(3)} `.padEnd(BODY_BYTES, 'x'))
        const messages = Array.from({ length: count }, () => ({ body }))
        const posted = await core.postMessages({ project: project.value.id, queue, messages })
        if (!posted.ok) throw new Error(`not posted: ${JSON.stringify(posted.refusal)}`)
      },
    })
  } finally {
    await Promise.all(pushers.map((pusher) => pusher.stop()))
    await Promise.all(children.map((child) => child.stop()))
    await core.stop()
  }
}

/** A push queue with these subscribers. */
export async function makePushQueue({ core, project }: PushBench, queue: string, urls: string[]): Promise<void> {
  const subscribers = urls.map((url, i) => ({ name: `s${i}`, url }))
  const made = await core.putQueue({ project, queue, settings: { push: { subscribers, retriesDelaySeconds: 3600 } } })
  if (!made.ok) throw new Error(`no queue: ${JSON.stringify(made.refusal)}`)
}
