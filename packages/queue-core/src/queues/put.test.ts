import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import type { QueueSettings } from './queue.ts'

const a = await aCore()
const { core } = a
const put = (q: { on: { project: string; queue: string } }, settings: QueueSettings = {}) =>
  core.putQueue({ ...q.on, settings })

const defaults = {
  type: 'pull',
  messageTimeoutSeconds: 60,
  messageExpirationSeconds: 604_800,
  deadLetter: undefined,
  alerts: [],
}

describe('creating a queue', () => {
  test('C1 without settings it gets the defaults', async () => {
    const q = await aQueue(a)
    const named = { id: expect.stringMatching(/^[0-9a-f]{24}$/), projectId: q.on.project, name: q.on.queue }
    expect(await put(q)).toEqual({ ok: true, value: { ...named, ...defaults, secrets: {} } })
    expect(await core.findQueue(q.on)).toMatchObject({ value: { ...defaults, size: 0, totalMessages: 0 } })
  })

  test('C2 with any subset of the settings the others get the defaults', async () => {
    const q = await aQueue(a)
    expect(await put(q, { messageTimeoutSeconds: 69 })).toMatchObject({
      value: { ...defaults, messageTimeoutSeconds: 69 },
    })
  })

  test('C3 of one that exists applies what is given and keeps the rest', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 30, messageExpirationSeconds: 404 } })
    await q.post('work')
    expect(await put(q, { messageTimeoutSeconds: 45 })).toMatchObject({
      value: { messageTimeoutSeconds: 45, messageExpirationSeconds: 404 },
    })
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  })

  test.each([
    ['the least', { messageTimeoutSeconds: 1, messageExpirationSeconds: 1 }],
    ['the most', { messageTimeoutSeconds: 86_400, messageExpirationSeconds: 2_592_000 }],
  ])('%s that may be set is set', async (_, settings) => {
    expect(await put(await aQueue(a), settings)).toMatchObject({ value: settings })
  })

  test.each([
    ['message_timeout', { messageTimeoutSeconds: 0 }],
    ['message_timeout', { messageTimeoutSeconds: -1 }],
    ['message_timeout', { messageTimeoutSeconds: 86_401 }],
    ['message_timeout', { messageTimeoutSeconds: 1.5 }],
    ['message_timeout', { messageTimeoutSeconds: NaN }],
    ['message_expiration', { messageExpirationSeconds: 0 }],
    ['message_expiration', { messageExpirationSeconds: 2_592_001 }],
    ['dead_letter.max_reservations', { deadLetter: { queueName: 'dead', maxReservations: 0 } }],
    ['dead_letter.max_reservations', { deadLetter: { queueName: 'dead', maxReservations: 1001 } }],
    ['dead_letter.max_reservations', { deadLetter: { queueName: 'dead', maxReservations: 1.5 } }],
    ['dead_letter.queue_name', { deadLetter: { queueName: 'a/b' } }],
    ['dead_letter.queue_name', { deadLetter: { queueName: '' } }],
    ['dead_letter.queue_name', { deadLetter: { maxReservations: 3 } }],
  ])('C8 C9 C12 a %s of %j is refused and creates nothing', async (field, settings) => {
    const q = await aQueue(a)
    expect(await put(q, settings)).toEqual(refused('invalid', { field }))
    expect(await core.listQueues({ project: q.on.project })).toEqual([])
  })

  test.each(['', 'a/b', 'a\0b', 'x'.repeat(256), 'ü'.repeat(128), 'half a pair \ud800'])(
    'a queue cannot be named %j',
    async (queue) => {
      const q = (await aQueue(a)).beside(queue)
      expect(await put(q)).toEqual(refused('invalid', { field: 'queue' }))
      expect(await core.updateQueue({ ...q.on, settings: {} })).toEqual(refused('queue_not_found'))
      expect(await core.findQueue(q.on)).toEqual(refused('queue_not_found'))
      expect(await core.deleteQueue(q.on)).toEqual(refused('queue_not_found'))
      expect(await core.postMessages({ ...q.on, messages: [{ body: Buffer.from('') }] })).toEqual(
        refused('invalid', { field: 'queue' }),
      )
      expect(await core.reserveMessages({ ...q.on, count: 1 })).toEqual(refused('queue_not_found'))
      expect(await core.clearQueue(q.on)).toEqual(refused('queue_not_found'))
    },
  )

  test.each([
    'a b',
    'a+b',
    'a:b',
    'a=b',
    '!*();@&$,?#[]',
    'Ünïcode ✉ 🐇',
    "'; --",
    '%',
    '_',
    '\\',
    'ü'.repeat(127),
    ' ',
  ])('a queue may be named %j', async (queue) => {
    const q = (await aQueue(a)).beside(queue)
    expect(await put(q)).toMatchObject({ ok: true, value: { name: queue } })
    await q.post('work')
    expect(await q.bodies()).toEqual(['work'])
    expect(await core.listQueues({ project: q.on.project })).toEqual([queue])
  })

  test('a name that only looks like another one is another queue', async () => {
    const q = await aQueue(a)
    await q.beside('half a pair \ufffd').post('work')
    expect(await core.findQueue(q.beside('half a pair \ud800').on)).toEqual(refused('queue_not_found'))
    expect(await core.deleteQueue(q.beside('half a pair \ud800').on)).toEqual(refused('queue_not_found'))
  })

  test('in a project that does not exist there can be no queue', async () => {
    const on = { project: 'f'.repeat(24), queue: 'q' }
    expect(await core.putQueue({ ...on, settings: {} })).toEqual(refused('queue_not_found'))
    expect(await core.postMessages({ ...on, messages: [{ body: Buffer.from('') }] })).toEqual(
      refused('project_not_found'),
    )
  })

  test('by many at once makes one', async () => {
    const other = await a.another()
    const q = await aQueue(a)
    const puts = [core, other, core, other, core, other].map((one) => one.putQueue({ ...q.on, settings: {} }))
    const posts = [core, other, core, other].map((one) =>
      one.postMessages({ ...q.on, messages: [{ body: Buffer.from('work') }] }),
    )
    for (const result of await Promise.all([...puts, ...posts])) expect(result.ok).toBe(true)
    expect(await core.listQueues({ project: q.on.project })).toEqual([q.on.queue])
    expect(await q.size()).toEqual({ size: 4, totalMessages: 4 })
  })
})

describe('updating a queue', () => {
  test('U1 U6 it keeps what is left out, and answers with the size', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 30, deadLetter: { queueName: 'dead' } } })
    await q.post('work')
    expect(await q.update({ messageExpirationSeconds: 3000 })).toMatchObject({
      value: {
        messageTimeoutSeconds: 30,
        messageExpirationSeconds: 3000,
        deadLetter: { queueName: 'dead', maxReservations: 10 },
        size: 1,
        totalMessages: 1,
      },
    })
  })

  test('U2 of one that does not exist is refused and creates nothing, whatever else is wrong', async () => {
    const q = await aQueue(a)
    expect(await q.update({})).toEqual(refused('queue_not_found'))
    expect(await q.update({ messageTimeoutSeconds: 0 })).toEqual(refused('queue_not_found'))
    expect(await core.listQueues({ project: q.on.project })).toEqual([])
  })

  test('a refused update changes nothing', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 30 } })
    expect(await q.update({ messageTimeoutSeconds: 40, messageExpirationSeconds: 0 })).toEqual(refused('invalid'))
    expect(await q.update({ messageTimeoutSeconds: 40, deadLetter: { queueName: '' } })).toEqual(refused('invalid'))
    expect(await core.findQueue(q.on)).toMatchObject({ value: { messageTimeoutSeconds: 30 } })
  })

  test('U10 a new message timeout is for later reservations only', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 60 } })
    await q.post('before', 'after')
    const before = await q.reserveOne()
    await q.update({ messageTimeoutSeconds: 10 })
    const after = await q.reserveOne()
    await q.pass(11)
    expect(await q.delete(before)).toEqual(done)
    expect(await q.delete(after)).toEqual(refused('reservation_lapsed'))
  })

  test('U11 a new message expiration is for messages posted later only', async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 1000 } })
    const before = await q.postOne('before')
    await q.update({ messageExpirationSeconds: 100 })
    const after = await q.postOne('after')
    await q.pass(101)
    expect(await q.find(before)).toMatchObject({ ok: true })
    expect(await q.find(after)).toEqual(refused('message_not_found'))
  })
})

describe('the dead letter queue of a queue', () => {
  test('Z2 is created where it does not exist, and used as it is where it does', async () => {
    const q = await aQueue(a, { settings: { deadLetter: { queueName: 'new' } } })
    await q.beside('old').update({})
    valueOf(await core.putQueue({ ...q.beside('old').on, settings: { messageTimeoutSeconds: 33 } }))
    expect(await q.update({ deadLetter: { queueName: 'old', maxReservations: 3 } })).toMatchObject({
      value: { deadLetter: { queueName: 'old', maxReservations: 3 } },
    })
    expect(await core.findQueue(q.beside('new').on)).toMatchObject({ value: defaults })
    expect(await core.findQueue(q.beside('old').on)).toMatchObject({ value: { messageTimeoutSeconds: 33 } })
  })

  test('Z3 cannot be the queue itself', async () => {
    const q = await aQueue(a)
    expect(await put(q, { deadLetter: { queueName: q.on.queue } })).toEqual(refused('invalid'))
  })

  test('U8 Z13 is taken away by an empty name, and stays with its messages', async () => {
    const q = await aQueue(a, { settings: { deadLetter: { queueName: 'dead', maxReservations: 7 } } })
    await q.beside('dead').post('dead')
    expect(await q.update({ deadLetter: { queueName: '' } })).toMatchObject({ value: { deadLetter: undefined } })
    expect(await q.beside('dead').bodies()).toEqual(['dead'])
    expect(await put(q, { deadLetter: { queueName: '' } })).toEqual(refused('invalid'))
  })

  test('keeps its name when only the number of reservations changes, and the other way round', async () => {
    const q = await aQueue(a, { settings: { deadLetter: { queueName: 'dead', maxReservations: 7 } } })
    expect(await q.update({ deadLetter: { maxReservations: 8 } })).toMatchObject({
      value: { deadLetter: { queueName: 'dead', maxReservations: 8 } },
    })
    expect(await q.update({ deadLetter: { queueName: 'other' } })).toMatchObject({
      value: { deadLetter: { queueName: 'other', maxReservations: 8 } },
    })
  })
})

test('the longest queues come first in the depths, with the age of their oldest ready message', async () => {
  const q = await aQueue(a)
  await q.beside('short').post('1')
  await q.beside('long').post(...Array.from({ length: 50 }, (_, i) => `${i}`))
  await q.beside('long').pass(100)
  await until(async () => (await core.queueDepths(2))[0]?.size === 50)
  const [longest] = await core.queueDepths(1)
  expect(longest).toMatchObject({ project: q.on.project, queue: 'long', size: 50 })
  expect(longest!.oldestReadySeconds).toBeGreaterThanOrEqual(100)
})
