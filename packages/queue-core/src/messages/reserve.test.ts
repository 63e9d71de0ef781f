import { describe, expect, test } from 'vitest'
import { aCore, done, refused } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import { aTransaction } from '../../test/a-transaction.ts'

const a = await aCore()
const { core } = a
const other = await a.another()

describe('reserving', () => {
  test('R1 R7 hands out the message with its first reservation', async () => {
    const q = await aQueue(a)
    const [id] = await q.post('work')
    const message = await q.reserveOne()
    expect(message).toEqual({
      id,
      body: Buffer.from('work'),
      priority: 65_536,
      reservedCount: 1,
      timeoutSeconds: 60,
      reservationId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    })
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    expect(await q.delete(message)).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('R1 F1 I11 hands out at most so many, in the order of posting', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    await q.post('3')
    await q.post('4', '5')
    expect(await q.bodies(2)).toEqual(['1', '2'])
    expect(await q.bodies(1)).toEqual(['3'])
    expect(await q.bodies(100)).toEqual(['4', '5'])
  })

  test('I11 the order of posting holds from gateway to gateway', async () => {
    const q = await aQueue(a)
    for (let i = 0; i < 20; i++) await q.through(i % 3 ? core : other).post(`${i}`)
    const taken: string[] = []
    for (let i = 0; i < 20; i++) taken.push(...(await q.through(i % 2 ? core : other).bodies(1)))
    expect(taken).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  test('R2 of an empty queue gives an empty list', async () => {
    expect(await (await aQueue(a, { settings: {} })).reserve()).toEqual([])
  })

  test('R3 of no queue is refused, and makes none', async () => {
    const q = await aQueue(a)
    expect(await core.reserveMessages({ ...q.on, count: 1 })).toEqual(refused('queue_not_found'))
    expect(await core.reserveMessages({ ...q.on, count: 0, waitSeconds: 30 })).toEqual(refused('queue_not_found'))
    expect(await core.listQueues({ project: q.on.project })).toEqual([])
  })

  test.each([
    ['n', { count: 0 }],
    ['n', { count: 101 }],
    ['n', { count: 1.5 }],
    ['timeout', { count: 1, timeoutSeconds: 0 }],
    ['timeout', { count: 1, timeoutSeconds: 86_401 }],
    ['wait', { count: 1, waitSeconds: -1 }],
    ['wait', { count: 1, waitSeconds: 31 }],
  ])('refuses a wrong %s: %j', async (field, wrong) => {
    const q = await aQueue(a)
    await q.post('work')
    expect(await core.reserveMessages({ ...q.on, ...wrong })).toEqual(refused('invalid', { field }))
    expect(await q.bodies()).toEqual(['work'])
  })

  test('R10 many callers through two gateways get every message once', async () => {
    const q = await aQueue(a)
    const bodies = Array.from({ length: 300 }, (_, i) => `${i}`)
    await q.post(...bodies)
    const taken: string[] = []
    const consume = async (core_: typeof core) => {
      for (;;) {
        const some = await q.through(core_).reserve(7)
        if (some.length === 0) return
        for (const message of some) taken.push(message.body.toString())
      }
    }
    await Promise.all([core, other, core, other, core, other].map(consume))
    expect(taken.toSorted()).toEqual(bodies.toSorted())
  })

  test('every reservation has an id of its own', async () => {
    const q = await aQueue(a)
    await q.post(...Array.from({ length: 600 }, (_, i) => `${i}`))
    const taken = await Promise.all(Array.from({ length: 6 }, () => q.reserve(100)))
    expect(new Set(taken.flat().map((message) => message.reservationId)).size).toBe(600)
  })

  test('callers who share a statement each get their own count, timeout and place', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3', '4', '5', '6')
    const answers = await Promise.all([
      q.reserve(1, { timeoutSeconds: 10 }),
      q.reserve(3, { timeoutSeconds: 1000 }),
      q.reserve(1),
      q.reserve(2, { timeoutSeconds: 10 }),
    ])
    const bodies = answers.map((messages) => messages.map((message) => message.body.toString()))
    expect(bodies).toEqual([['1'], ['2', '3', '4'], ['5'], ['6']])
    await q.pass(11)
    const [first, second, third, fourth] = answers
    expect(await q.delete(first![0]!)).toEqual(refused('reservation_lapsed'))
    expect(await q.delete(second![2]!)).toEqual(done)
    expect(await q.delete(third![0]!)).toEqual(done)
    expect(await q.delete(fourth![0]!)).toEqual(refused('reservation_lapsed'))
  })

  test('passes over a message that another transaction holds, and takes it in its place afterwards', async () => {
    const q = await aQueue(a)
    const [first] = await q.post('1', '2', '3')
    const holder = await aTransaction(a)
    await holder.sql`select 1 from weldmq.messages where id = ${first!} for update`
    expect(await q.bodies(1)).toEqual(['2'])
    await holder.rollback()
    expect(await q.bodies(2)).toEqual(['1', '3'])
  })

  test('a paused queue hands out nothing, and goes on where it was', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    const pause = (until: string) => a.sql`
      update weldmq.queue_state set paused_until = now() + ${until}::interval where queue_id = ${id}`
    const id = await q.queueId()
    const message = await q.reserveOne()
    await pause('1 hour')
    expect(await q.bodies()).toEqual([])
    expect(await q.release(message)).toEqual(done)
    expect(await q.bodies()).toEqual([])
    expect(await q.peek()).toEqual(['1', '2'])
    await pause('0 s')
    expect(await q.bodies()).toEqual(['1', '2'])
  })
})

describe('a reservation', () => {
  test('F7 I13 lasts as long as the call says, and not longer', async () => {
    const q = await aQueue(a)
    await q.post('work')
    const message = await q.reserveOne({ timeoutSeconds: 86_400 })
    await q.pass(86_300)
    expect(await q.bodies()).toEqual([])
    await q.pass(100)
    expect(await q.bodies()).toEqual(['work'])
    expect(await q.delete(message)).toEqual(refused('reservation_lapsed'))
  })

  test('F7 lasts the timeout of the queue when the call says nothing', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 300 } })
    await q.post('work')
    await q.reserveOne()
    await q.pass(200)
    expect(await q.bodies()).toEqual([])
    await q.pass(100)
    expect(await q.bodies()).toEqual(['work'])
  })

  test('R7 is counted, lapsed or not', async () => {
    const q = await aQueue(a)
    await q.post('work')
    for (let count = 1; count <= 4; count++) {
      expect(await q.reserveOne()).toMatchObject({ reservedCount: count })
      await q.pass(60)
    }
  })

  test('F2 F3 K-8 that lapses returns its message to the front, and several in their old order', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3', '4')
    await q.reserve(3)
    await q.pass(60)
    await q.post('5')
    expect(await q.bodies()).toEqual(['1', '2', '3', '4', '5'])
  })

  test('F6 ends with the queue', async () => {
    const q = await aQueue(a)
    await q.post('work')
    const message = await q.reserveOne()
    await core.deleteQueue(q.on)
    expect(await q.delete(message)).toEqual(refused('queue_not_found'))
  })
})

describe('reserve with delete', () => {
  test('R6 hands out each message once, and takes it off the queue at once', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    const taken = await q.reserve(2, { delete: true })
    expect(taken).toMatchObject([
      { body: Buffer.from('1'), reservedCount: 1 },
      { body: Buffer.from('2'), reservedCount: 1 },
    ])
    expect(taken[0]!.reservationId).toMatch(/^[0-9a-f]{32}$/)
    expect(await q.size()).toEqual({ size: 1, totalMessages: 3 })
    expect(await q.find(taken[0]!.id)).toEqual(refused('message_not_found'))
    expect(await q.delete(taken[0]!)).toEqual(refused('message_not_found'))
    await q.pass(100)
    expect(await q.bodies()).toEqual(['3'])
  })

  test('R6 of an empty queue gives an empty list', async () => {
    const q = await aQueue(a, { settings: {} })
    expect(await q.reserve(10, { delete: true })).toEqual([])
  })

  test('R10 many callers at once get every message once', async () => {
    const q = await aQueue(a)
    const bodies = Array.from({ length: 100 }, (_, i) => `${i}`)
    await q.post(...bodies)
    const taken = await Promise.all(
      Array.from({ length: 30 }, (_, i) => q.through(i % 2 ? core : other).reserve(4, { delete: true })),
    )
    expect(
      taken
        .flat()
        .map((message) => message.body.toString())
        .toSorted(),
    ).toEqual(bodies.toSorted())
    expect(await q.size()).toEqual({ size: 0, totalMessages: 100 })
    expect(await q.rows()).toBe(0)
  })
})

describe('a caller that has left', () => {
  test('R8 is given nothing: what was reserved for it is ready again, and not counted', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    await core.reserveMessages({ ...q.on, count: 2, signal: AbortSignal.abort() })
    expect(await q.reserve(2)).toMatchObject([
      { body: Buffer.from('1'), reservedCount: 1 },
      { body: Buffer.from('2'), reservedCount: 1 },
    ])
  })

  test('R8 loses nothing by reserve with delete', async () => {
    const q = await aQueue(a)
    await q.post('1')
    await core.reserveMessages({ ...q.on, count: 1, delete: true, signal: AbortSignal.abort() })
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    expect(await q.reserveOne()).toMatchObject({ body: Buffer.from('1'), reservedCount: 1 })
  })

  test('R8 during the statement that reserves for it is given nothing either', async () => {
    const q = await aQueue(a)
    await q.post('1')
    const leaving = new AbortController()
    const asked = core.reserveMessages({ ...q.on, count: 1, signal: leaving.signal })
    leaving.abort()
    await asked
    expect(await q.reserveOne()).toMatchObject({ body: Buffer.from('1'), reservedCount: 1 })
  })
})
