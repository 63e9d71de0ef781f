import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, done, refused } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a
const other = await a.another()

test('D1 a deleted queue is gone with its messages', async () => {
  const q = await aQueue(a)
  const id = await q.postOne('work')
  expect(await core.deleteQueue(q.on)).toEqual(done)
  expect(await core.findQueue(q.on)).toEqual(refused('queue_not_found'))
  expect(await q.find(id)).toEqual(refused('queue_not_found'))
  expect(await core.listQueues({ project: q.on.project })).toEqual([])
})

test('D2 a queue that does not exist cannot be deleted', async () => {
  const q = await aQueue(a)
  expect(await core.deleteQueue(q.on)).toEqual(refused('queue_not_found'))
  await q.post('work')
  await core.deleteQueue(q.on)
  expect(await core.deleteQueue(q.on)).toEqual(refused('queue_not_found'))
})

test('D4 a post right after makes an empty queue with default settings', async () => {
  const q = await aQueue(a, { settings: { messageTimeoutSeconds: 33 } })
  await q.post('old', 'old')
  await core.deleteQueue(q.on)
  await q.post('new')
  expect(await core.findQueue(q.on)).toMatchObject({
    value: { messageTimeoutSeconds: 60, size: 1, totalMessages: 1 },
  })
  expect(await q.bodies()).toEqual(['new'])
})

describe('a gateway that remembers a queue which another one has deleted', () => {
  const everyOperation = (q: Awaited<ReturnType<typeof aQueue>>, id: number, reservationId: string) => ({
    reserve: () => core.reserveMessages({ ...q.on, count: 1 }),
    'reserve and delete': () => core.reserveMessages({ ...q.on, count: 1, delete: true }),
    peek: () => core.peekMessages({ ...q.on, count: 1 }),
    find: () => q.find(id),
    touch: () => q.touch({ id, reservationId }),
    'touch without reservation': () => core.touchMessage({ ...q.on, messageId: id, reservationId: undefined }),
    release: () => q.release({ id, reservationId }),
    delete: () => q.delete({ id, reservationId }),
    'delete without reservation': () => q.deleteFree(id),
    'delete several': () => q.deleteAll({ id, reservationId }),
    clear: () => q.clear(),
    'find the queue': () => core.findQueue(q.on),
    'update the queue': () => q.update({}),
  })

  test('finds no queue', async () => {
    const q = await aQueue(a)
    await q.post('work', 'more')
    const { id, reservationId } = await q.reserveOne()
    await other.deleteQueue(q.on)
    const asked = Object.entries(everyOperation(q, id, reservationId)).map(async ([name, ask]) => [name, await ask()])
    for (const [name, result] of await Promise.all(asked)) {
      expect([name, result]).toEqual([name, refused('queue_not_found')])
    }
  })

  test('works on the new queue of that name, and finds nothing of the old one', async () => {
    const q = await aQueue(a)
    await q.post('old', 'old')
    const { id, reservationId } = await q.reserveOne()
    await other.deleteQueue(q.on)
    await other.putQueue({ ...q.on, settings: {} })
    expect(await q.reserve()).toEqual([])

    // Once more for each operation, since the first one has found out about the new queue.
    for (const operation of ['find', 'touch', 'release', 'delete', 'delete without reservation', 'delete several']) {
      await other.deleteQueue(q.on)
      await other.putQueue({ ...q.on, settings: {} })
      const ask = everyOperation(q, id, reservationId)[operation as 'find']
      expect([operation, await ask()]).toEqual([operation, refused('message_not_found', { id })])
    }
    expect(await q.peek()).toEqual([])
    expect(await q.clear()).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 0 })
  })

  test('posts into the new queue of that name, or makes one', async () => {
    const q = await aQueue(a)
    await q.post('old')
    await other.deleteQueue(q.on)
    await q.through(other).post('new')
    await q.post('newer')
    expect(await q.bodies()).toEqual(['new', 'newer'])

    await other.deleteQueue(q.on)
    await q.post('newest')
    expect(await q.through(other).bodies()).toEqual(['newest'])
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  })

  test('posts once into the new queue with an idempotency key', async () => {
    const q = await aQueue(a)
    await q.post('old')
    await other.deleteQueue(q.on)
    const post = () => core.postMessages({ ...q.on, messages: [{ body: Buffer.from('new') }], idempotencyKey: 'key' })
    const first = await post()
    expect(first.ok).toBe(true)
    expect(await post()).toEqual(first)
    expect(await q.bodies()).toEqual(['new'])
  })
})

test('messages of a deleted queue never come back, also when their reservations lapse and their delays end', async () => {
  const q = await aQueue(a)
  const [id] = await q.post('reserved', 'ready')
  await q.postOne('delayed', { delaySeconds: 10 })
  await q.reserveOne({ timeoutSeconds: 10 })
  const old = await q.queueId()
  await core.deleteQueue(q.on)
  await q.post('new')
  // For ever out of the purge's sight; and more of them, in case it has been there already.
  await a.sql`delete from weldmq.deleted_queues where queue_id = ${old}`
  await a.sql`
    insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, expires_at, body)
    select ${old}, ${id!} + i, i, 65536, 0, i % 3, case when i % 3 > 0 then now() end, now() + interval '1 hour', 'old'
      from generate_series(0, 5) i on conflict do nothing`
  await a.sql`update weldmq.messages set due_at = now() where queue_id = ${old} and state in (1, 2)`
  await until(
    async () => (await a.sql`select 1 from weldmq.messages where state <> 0 and queue_id = ${old}`).length === 0,
  )
  expect(await q.peek()).toEqual(['new'])
  expect(await q.find(id!)).toEqual(refused('message_not_found'))
  expect(await q.bodies()).toEqual(['new'])
  expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
})

test('posts beside a deletion land in the old queue or in the new one, and are counted where they landed', async () => {
  const q = await aQueue(a)
  await q.post('first')
  const posts = Array.from({ length: 40 }, (_, i) => q.through(i % 2 ? core : other).post(`${i}`))
  await other.deleteQueue(q.on)
  await Promise.all(posts)
  const { size, totalMessages } = await q.size().catch(() => ({ size: 0, totalMessages: 0 }))
  expect(totalMessages).toBe(size)
  const left = size === 0 ? [] : await q.bodies()
  expect(left).toHaveLength(size)
  expect(left).not.toContain('first')
})
