import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { type AQueue, aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a

async function aQueueWithDeadLetters(maxReservations: number) {
  const q = await aQueue(a, { settings: { deadLetter: { queueName: 'dead', maxReservations } } })
  return { q, dead: q.beside('dead') }
}

/** Reserves the first message so often, giving it back each time. */
async function wearOut(q: AQueue, times: number) {
  for (let i = 0; i < times; i++) await q.release(await q.reserveOne())
}

describe('a message that was reserved as often as its queue allows', () => {
  test('Z5 Z8 is moved at the next reserve, with its id, body and count', async () => {
    const { q, dead } = await aQueueWithDeadLetters(10)
    const id = await q.postOne('work', { priority: 7, timeoutSeconds: 30 })
    for (let count = 1; count <= 10; count++) {
      const message = await q.reserveOne()
      expect(message).toMatchObject({ id, reservedCount: count })
      await q.release(message)
    }
    expect(await q.bodies()).toEqual([])
    expect(await q.find(id)).toEqual(refused('message_not_found'))
    const found = { id, body: Buffer.from('work'), reservedCount: 10, priority: 7, timeoutSeconds: 30, status: 'ready' }
    expect(await dead.find(id)).toEqual({ ok: true, value: found })
    expect(await dead.reserveOne()).toMatchObject({ id, body: Buffer.from('work'), reservedCount: 11 })
  })

  test('I15 Z16 is then in one place: size and total of both queues say so', async () => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    await q.post('1', '2', '3')
    await q.reserve(2)
    await q.pass(60)
    expect(await q.bodies(1)).toEqual(['3'])
    expect(await q.size()).toEqual({ size: 1, totalMessages: 3 })
    expect(await dead.size()).toEqual({ size: 2, totalMessages: 2 })
    expect([await q.rows(), await dead.rows()]).toEqual([1, 2])
    expect(await dead.bodies()).toEqual(['1', '2'])
  })

  test('Z6 with one reservation allowed is handed out once', async () => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    await q.post('work')
    await q.reserve()
    await q.pass(60)
    expect(await q.bodies()).toEqual([])
    expect(await dead.peek()).toEqual(['work'])
  })

  test('Z4 gives its turn to the next ones', async () => {
    const { q, dead } = await aQueueWithDeadLetters(2)
    await q.post('1', '2', '3', '4', '5')
    await wearOut(q, 2)
    expect(await q.bodies(3)).toEqual(['2', '3', '4'])
    expect(await dead.peek()).toEqual(['1'])
  })

  test('Z9 expires when the settings of its new queue say, counted from the move', async () => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    await dead.update({ messageExpirationSeconds: 5000 })
    await q.post('work')
    await q.pass(604_700)
    await wearOut(q, 1)
    expect(await q.bodies()).toEqual([])
    await dead.pass(4900)
    expect(await dead.peek()).toEqual(['work'])
    await dead.pass(100)
    expect(await dead.peek()).toEqual([])
  })

  test('keeps its push headers', async () => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    const id = await q.postOne('work', { pushHeaders: { a: 'ä' } })
    await wearOut(q, 1)
    await q.bodies()
    const [row] = await a.sql`select push_headers from weldmq.messages where queue_id = ${await dead.queueId()}`
    expect(row).toEqual({ push_headers: { a: 'ä' } })
    expect((await dead.find(id)).ok).toBe(true)
  })
})

describe('what counts', () => {
  test('Z10 touch does, and the move still waits for the next reserve', async () => {
    const { q, dead } = await aQueueWithDeadLetters(2)
    await q.post('work')
    const message = await q.reserveOne()
    let held = { ...message, ...valueOf(await q.touch(message)) }
    held = { ...message, ...valueOf(await q.touch(held)) }
    expect(await q.release(held)).toEqual(done)
    expect(await q.peek()).toEqual(['work'])
    expect(await q.bodies()).toEqual([])
    expect(await dead.reserveOne()).toMatchObject({ reservedCount: 4 })
  })

  test('Z11 peek, find and release do not', async () => {
    const { q } = await aQueueWithDeadLetters(2)
    const id = await q.postOne('work')
    await wearOut(q, 1)
    await q.peek()
    await q.find(id)
    expect(await q.reserveOne()).toMatchObject({ reservedCount: 2 })
  })

  test('Z17 reserve with delete does', async () => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    await q.post('1', '2')
    await wearOut(q, 1)
    expect((await q.reserve(10, { delete: true })).map((message) => message.body.toString())).toEqual(['2'])
    expect(await dead.peek()).toEqual(['1'])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
  })

  test('a reservation for a caller that had left does not', async () => {
    const { q } = await aQueueWithDeadLetters(1)
    await q.post('work')
    await core.reserveMessages({ ...q.on, count: 1, signal: AbortSignal.abort() })
    expect(await q.bodies()).toEqual(['work'])
  })
})

describe('the setting', () => {
  test('Z7 moves nothing by itself; messages over the limit move when reserve meets them', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    await wearOut(q, 3)
    await q.update({ deadLetter: { queueName: 'dead', maxReservations: 2 } })
    expect(await q.peek()).toEqual(['1', '2'])
    expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
    expect(await q.bodies()).toEqual(['2'])
    expect(await q.beside('dead').reserveOne()).toMatchObject({ body: Buffer.from('1'), reservedCount: 4 })
  })

  test('Z13 taken away, messages are handed out for ever', async () => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    await q.post('work')
    await wearOut(q, 1)
    await q.update({ deadLetter: { queueName: '' } })
    expect(await q.reserveOne()).toMatchObject({ reservedCount: 2 })
    expect(await dead.size()).toEqual({ size: 0, totalMessages: 0 })
  })

  test('raised, gives a message more reservations', async () => {
    const { q } = await aQueueWithDeadLetters(1)
    await q.post('work')
    await wearOut(q, 1)
    await q.update({ deadLetter: { maxReservations: 2 } })
    await wearOut(q, 1)
    expect(await q.bodies()).toEqual([])
  })
})

test('Z12 through a chain of dead letter queues a message goes on with its count', async () => {
  const { q, dead } = await aQueueWithDeadLetters(2)
  await dead.update({ deadLetter: { queueName: 'deader', maxReservations: 2 } })
  await q.post('work')
  await wearOut(q, 2)
  expect(await q.bodies()).toEqual([])
  expect(await dead.peek()).toEqual(['work'])
  expect(await dead.bodies()).toEqual([])
  expect(await q.beside('deader').reserveOne()).toMatchObject({ reservedCount: 3 })
})

test('two queues may be the dead letter queues of each other', async () => {
  const q = await aQueue(a, { settings: { deadLetter: { queueName: 'dead', maxReservations: 1 } } })
  await q.beside('dead').update({ deadLetter: { queueName: q.on.queue, maxReservations: 1 } })
  await q.post('work')
  await wearOut(q, 1)
  expect(await q.bodies()).toEqual([])
  expect(await q.beside('dead').bodies()).toEqual([])
  expect(await q.peek()).toEqual(['work'])
  expect(await q.size()).toEqual({ size: 1, totalMessages: 2 })
})

test.each(['by this gateway', 'by another one'])(
  'Z14 a dead letter queue that was deleted %s is made anew',
  async (by) => {
    const { q, dead } = await aQueueWithDeadLetters(1)
    await dead.post('old')
    await (by === 'by this gateway' ? core : await a.another()).deleteQueue(dead.on)
    await q.post('work')
    await wearOut(q, 1)
    expect(await q.bodies()).toEqual([])
    expect(await dead.peek()).toEqual(['work'])
    expect(await dead.size()).toEqual({ size: 1, totalMessages: 1 })
    expect(await core.findQueue(dead.on)).toMatchObject({ value: { messageTimeoutSeconds: 60 } })
  },
)

test('Z18 a wait that only meets messages to be moved goes on, and ends with the next live one', async () => {
  const { q, dead } = await aQueueWithDeadLetters(1)
  await q.post('1')
  await wearOut(q, 1)
  const waiting = q.reserve(1, { waitSeconds: 30 })
  await until(async () => (await dead.rows()) === 1)
  await q.post('2')
  expect((await waiting).map((message) => message.body.toString())).toEqual(['2'])
})

test('a wait on the dead letter queue ends when a message is moved there', async () => {
  const { q, dead } = await aQueueWithDeadLetters(1)
  const waiting = dead.reserve(1, { waitSeconds: 30 })
  await q.post('work')
  await wearOut(q, 1)
  await q.bodies()
  expect((await waiting).map((message) => message.body.toString())).toEqual(['work'])
})

test('I15 many consumers at once through two gateways move each message once', async () => {
  const other = await a.another()
  const { q, dead } = await aQueueWithDeadLetters(1)
  const bodies = Array.from({ length: 120 }, (_, i) => `${i}`)
  await q.post(...bodies)
  const first = [...(await q.reserve(100)), ...(await q.reserve(100))]
  await Promise.all(first.map((message) => q.release(message)))
  const taken = await Promise.all(Array.from({ length: 12 }, (_, i) => q.through(i % 2 ? core : other).reserve(10)))
  expect(taken.flat()).toEqual([])
  await until(async () => (await q.rows()) === 0 || (await q.bodies()).length > 0)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 120 })
  expect(await dead.size()).toEqual({ size: 120, totalMessages: 120 })
  const moved = [...(await dead.bodies()), ...(await dead.bodies())]
  expect(moved).toEqual(bodies)
})
