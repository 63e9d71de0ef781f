import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import type { Receiver } from './stream.ts'

const { core, sql, another, faults } = await aCore()
const project = valueOf(await core.createProject({ name: 'a test' })).id
let queues = 0

/** A queue of its own with these messages. */
async function aQueue(...bodies: string[]) {
  const on = { project, queue: `q${queues++}` }
  valueOf(await core.putQueue({ ...on, settings: {} }))
  if (bodies.length > 0) {
    valueOf(await core.postMessages({ ...on, messages: bodies.map((body) => ({ body: Buffer.from(body) })) }))
  }
  return on
}

/** Keeps what it gets, as `id reservation body`. */
function aReceiver() {
  const got: string[] = []
  const told: unknown[] = []
  const receiver: Receiver = {
    room: () => 1_000_000,
    pack: ({ id, reservationId, body }) => `${id} ${reservationId} ${body.toString()}`,
    messages: (packed) => void got.push(...packed),
    lost: (ids, why) => void told.push(['lost', ids, why]),
    ended: (why) => void told.push(['ended', why]),
    stuck: (bytes) => void told.push(['stuck', bytes]),
  }
  return { receiver, got, told, bodies: () => got.map((text) => text.split(' ')[2]) }
}

const named = (text: string) => {
  const [id, reservationId] = text.split(' ')
  return { messageId: Number(id), reservationId: reservationId! }
}
const consume = { mode: 'consume' as const, credit: 10, creditBytes: 1000, batch: 100 }

test('a subscription is refused on a queue that there is not, and with values out of range', async () => {
  const stream = core.openStream({ project })
  const { receiver } = aReceiver()
  expect(await stream.subscribe({ queue: 'none', ...consume }, receiver)).toEqual(refused('queue_not_found'))
  const { queue } = await aQueue()
  for (const wrong of [{ credit: 1001 }, { creditBytes: 0 }, { batch: 0 }, { timeoutSeconds: 0 }]) {
    expect(await stream.subscribe({ queue, ...consume, ...wrong }, receiver)).toEqual(refused('invalid'))
  }
})

test('a touch that the end of the stream overtakes leaves nothing reserved', async () => {
  const on = await aQueue('work')
  const stream = core.openStream({ project })
  const { receiver, got } = aReceiver()
  valueOf(await stream.subscribe({ queue: on.queue, ...consume }, receiver)).resume()
  await until(() => got.length === 1)
  const touching = stream.touch({ queue: on.queue, messages: [named(got[0]!)], timeoutSeconds: 86_400 })
  const closing = stream.close()
  await Promise.all([touching, closing])
  expect(valueOf(await core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})

test('two gateways share a queue, and no message comes twice', async () => {
  const on = await aQueue(...Array.from({ length: 200 }, (_, i) => `${i}`))
  const streams = [core, await another()].map((one) => one.openStream({ project }))
  const receivers = streams.map(() => aReceiver())
  for (const [i, stream] of streams.entries()) {
    const command = { queue: on.queue, ...consume, credit: 100, batch: 7 }
    valueOf(await stream.subscribe(command, receivers[i]!.receiver)).resume()
  }
  await until(() => receivers.reduce((sum, { got }) => sum + got.length, 0) === 200)
  expect(new Set(receivers.flatMap(({ bodies }) => bodies())).size).toBe(200)
  for (const [i, stream] of streams.entries()) {
    for (let from = 0; from < 100; from += 100) {
      const messages = receivers[i]!.got.slice(from, from + 100).map(named)
      expect(await stream.delete({ queue: on.queue, messages })).toEqual({ ok: true, value: [] })
    }
  }
  expect(valueOf(await core.findQueue(on)).size).toBe(0)
})

test('a tail shows a message that commits behind a younger one', async () => {
  // It looks back for a while, which is over when the machine stands still for long.
  await expect.poll(aLateCommit).toEqual(['young', 'late', 'next'])
})

/** What a tail shows of a message that commits after it has shown a younger one, and before another is posted. */
async function aLateCommit() {
  const on = await aQueue()
  const post = async (body: string) =>
    valueOf(await core.postMessages({ ...on, messages: [{ body: Buffer.from(body) }] }))
  const stream = core.openStream({ project })
  const { receiver, bodies } = aReceiver()
  valueOf(await stream.subscribe({ queue: on.queue, ...consume, mode: 'tail' }, receiver))
  let commit!: () => void
  const held = new Promise<void>((resolve) => (commit = resolve))
  let isWritten!: () => void
  const written = new Promise<void>((resolve) => (isWritten = resolve))
  const late = sql.begin(async (tx) => {
    await tx`
      insert into weldmq.messages (queue_id, id, position, priority, lane, state, expires_at, body)
      select q.id, i, i, 65536, 0, 0, now() + interval '1 day', 'late'
        from weldmq.queues q, nextval('weldmq.message_id') i where q.project_id = ${project} and q.name = ${on.queue}`
    isWritten()
    await held
  })
  await written
  await post('young')
  await until(() => bodies().length === 1)
  commit()
  await late
  await post('next')
  await until(() => bodies().includes('next'))
  await stream.close()
  return bodies()
}

test('a drained stream hands out nothing more, and what it holds may be finished', async () => {
  const on = await aQueue('1')
  const stream = core.openStream({ project })
  const { receiver, got } = aReceiver()
  valueOf(await stream.subscribe({ queue: on.queue, ...consume }, receiver)).resume()
  await until(() => got.length === 1)
  const drained = stream.drain()
  valueOf(await core.postMessages({ ...on, messages: [{ body: Buffer.from('2') }] }))
  expect(valueOf(await stream.delete({ queue: on.queue, messages: [named(got[0]!)] }))).toEqual([])
  expect(stream.held).toBe(0)
  await drained
  // It comes back at once where the subscription was about to take it.
  const [left] = valueOf(await core.reserveMessages({ ...on, count: 10, waitSeconds: 20 }))
  expect([String(left!.body), got.length]).toEqual(['2', 1])
  const { id: messageId, reservationId } = left!
  expect(await core.deleteMessage({ ...on, messageId, reservationId })).toEqual(done)
  const ours = (faults as { where: string }[]).filter(({ where }) => /subscription|tail|stream/.test(where))
  expect(ours).toEqual([])
})
