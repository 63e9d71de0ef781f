import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core, sql } = a
const other = await a.another()

test('Q1 Q2 Q3 size and total are exact after every operation', async () => {
  const q = await aQueue(a, { settings: { deadLetter: { queueName: 'dead', maxReservations: 2 } } })
  const is = async (size: number, totalMessages: number) => {
    expect(await q.size()).toEqual({ size, totalMessages })
    expect(await q.through(other).size()).toEqual({ size, totalMessages })
    expect(await q.rows()).toBe(size)
  }
  await is(0, 0)
  await q.post('1', '2', '3', '4', '5', '6', '7', '8')
  await is(8, 8)
  await q.through(other).postOne('delayed', { delaySeconds: 10 })
  await is(9, 9)
  const [one, two, three] = await q.reserve(3)
  await is(9, 9)
  await q.touch(one!)
  await is(9, 9)
  await q.release(two!)
  await q.through(other).release(three!, { delaySeconds: 10 })
  await is(9, 9)
  await q.pass(60)
  await is(9, 9)
  await q.deleteFree(three!.id)
  await is(8, 9)
  await q.delete(await q.reserveOne()) // message 2: message 1 has been reserved twice and goes to the dead letter queue
  await is(6, 9)
  expect(await q.beside('dead').size()).toEqual({ size: 1, totalMessages: 1 })
  await q.through(other).reserve(2, { delete: true })
  await is(4, 9)
  await q.deleteAll(...(await q.reserve(2)))
  await is(2, 9)
  await q.delete({ id: 1, reservationId: 'x' })
  await q.deleteAll({ id: 1 })
  await core.postMessages({ ...q.on, messages: [] })
  await is(2, 9)
  for (let i = 0; i < 2; i++) {
    await core.postMessages({ ...q.on, messages: [{ body: Buffer.from('once') }], idempotencyKey: 'key' })
    await is(3, 10)
  }
  await q.clear()
  await is(0, 10)
  await q.post('9')
  await is(1, 11)
})

test('they are exact beside hundreds of operations at once, through two gateways', async () => {
  const q = await aQueue(a)
  let posted = 0
  let gone = 0
  const worker = async (mine: typeof core, n: number) => {
    const w = q.through(mine)
    for (let i = 0; i < 15; i++) {
      const ids = await w.post(...Array<string>((n % 3) + 1).fill('x'))
      posted += ids.length
      const [one, two] = await w.reserve(2, { delete: i % 5 === 0 })
      if (i % 5 === 0) gone += Number(Boolean(one)) + Number(Boolean(two))
      else {
        const deleted = one && (await w.delete(one))
        if (deleted?.ok) gone++
        if (two) await w.release(two)
      }
      const { size, totalMessages } = valueOf(await mine.findQueue(q.on))
      expect(size).toBeGreaterThanOrEqual(0)
      expect(size).toBeLessThanOrEqual(totalMessages)
    }
  }
  await Promise.all(Array.from({ length: 12 }, (_, n) => worker(n % 2 ? core : other, n)))
  expect(await q.size()).toEqual({ size: posted - gone, totalMessages: posted })
  expect(await q.rows()).toBe(posted - gone)
})

test('a stopped gateway leaves its counts folded', async () => {
  const third = await a.another()
  const q = await aQueue(a)
  await q.through(third).post('1', '2')
  await third.stop()
  const rows = await sql`select 1 from weldmq.counter_deltas where queue_id = ${await q.queueId()}`
  expect(rows).toHaveLength(0)
  expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
})
