import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type Core, type PushSettings, type Result, openCore } from '@weldmq/queue-core'
import { createMetrics, openLog } from '@weldmq/service-kit'
import { ageQueue, sqlFor, testDatabase } from '@weldmq/testing'
import { afterAll, expect, onTestFinished } from 'vitest'
import { type Pusher, startPusher } from '../src/index.ts'
import { type PushConfig, pushSettings, toPushConfig } from '../src/config.ts'
import { z } from 'zod'

export const publicUrl = 'https://mq.example.org'

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`)
  return result.value
}

/** The settings of a pusher that may reach this machine. */
const config = (settings: Record<string, string> = {}): PushConfig =>
  toPushConfig(z.object(pushSettings).parse({ WELDMQ_PUSH_ALLOW: '127.0.0.1', ...settings }))

/** A core on a database of its own, for one test file, and pushers on it. */
export async function aPushCore() {
  const prepare = async (template: Parameters<typeof openCore>[0]['database']) =>
    (await openCore({ database: template })).stop()
  const database = await testDatabase({ name: 'pusher', prepare })
  const core = await openCore({ database })
  const sql = sqlFor(database)
  afterAll(async () => {
    await core.stop()
    await sql.end()
  })
  const log = openLog({ name: 'test', level: 'silent' })

  /** A pusher that delivers until the end of the test, or until it is stopped. */
  function deliver(using: Core = core, settings: Record<string, string> = {}, metrics = createMetrics()): Pusher {
    const pusher = startPusher({ core: using, config: config(settings), publicUrl, log, metrics })
    onTestFinished(() => pusher.stop())
    return pusher
  }

  /** A push queue in a project of its own. */
  async function aQueue(settings: PushSettings) {
    const q = await aPlace()
    valueOf(await core.putQueue({ ...q.on, settings: { push: settings } }))
    return q
  }

  /** The same, made by the door whose receivers may take a minute to answer: one that hangs does so to the end of a test. */
  async function aPatientQueue(settings: PushSettings) {
    const q = await aPlace()
    valueOf(await core.changePush({ ...q.on, settings: { type: 'multicast', ...settings } }))
    return q
  }

  async function aPlace() {
    const project = valueOf(await core.createProject({ name: 'test' })).id
    return { ...operations({ project, queue: 'jobs' }), beside: (queue: string) => operations({ project, queue }) }
  }

  const operations = (on: { project: string; queue: string }) => ({
    on,
    post: async (body: string | Buffer, more: { pushHeaders?: Record<string, string>; delaySeconds?: number } = {}) =>
      valueOf(await core.postMessages({ ...on, messages: [{ body: Buffer.from(body), ...more }] }))[0]!,
    statuses: async (messageId: number) => valueOf(await core.listDeliveries({ ...on, messageId })),
    /** What can be told of each subscriber once `done` says that it is over. */
    async settled(messageId: number, states: string[] = ['delivered', 'failed']) {
      const read = async () => valueOf(await core.listDeliveries({ ...on, messageId }))
      await expect.poll(async () => (await read()).every(({ state }) => states.includes(state))).toBe(true)
      return Object.fromEntries((await read()).map((one) => [one.subscriber, one.statusCode]))
    },
    /** The bodies that wait in it: none where there is no such queue yet, which is made before the first message. */
    async peek() {
      const peeked = await core.peekMessages({ ...on, count: 100 })
      return peeked.ok ? peeked.value.map(({ body }) => body.toString()) : []
    },
    size: async () => valueOf(await core.findQueue(on)).size,
    exists: async () => (await core.findQueue(on)).ok,
    pass: (seconds: number) => ageQueue(sql, on, seconds),
    acknowledge: ({ headers }: Got) =>
      core.deleteMessage({
        ...on,
        messageId: Number(String(headers['iron-message-id']).slice(1)),
        reservationId: String(headers['iron-reservation-id']),
        subscriber: String(headers['iron-subscriber-name']),
      }),
  })

  /** Another process's core on the same database. */
  async function another(): Promise<Core> {
    const other = await openCore({ database })
    onTestFinished(() => other.stop())
    return other
  }

  const databaseUrl =
    'url' in database
      ? database.url
      : `postgres://${database.user}@/${database.database}?host=${encodeURIComponent(database.host)}`
  return { core, databaseUrl, sql, another, deliver, aQueue, aPatientQueue }
}

/** A request that a subscriber got. */
export type Got = { headers: IncomingHttpHeaders; body: Buffer; at: number; path: string }

type Answer = number | ((got: Got, response: ServerResponse) => void)

/** A subscriber that gives these answers in turn, the last one for ever. */
export async function aSubscriber(...answers: Answer[]) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const one = { headers: request.headers, body, at: performance.now(), path: request.url ?? '' }
      const answer = answers[Math.min(got.length, answers.length - 1)] ?? 200
      got.push(one)
      if (typeof answer === 'number') response.writeHead(answer).end()
      else answer(one, response)
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    got,
    url: `http://127.0.0.1:${port}/`,
    /** Resolves once it has got so many. */
    has: (count: number) => expect.poll(() => got.length).toBeGreaterThanOrEqual(count),
    bodies: () => got.map(({ body }) => body.toString()),
  }
}
