import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore, done, refused } from '../../test/a-core.ts'
import { aQueue, someoneWaitsForALock } from '../../test/a-queue.ts'
import { aTransaction } from '../../test/a-transaction.ts'

const a = await aCore()
const { core } = a
const other = await a.another()

test('B9 clear deletes every message, reserved and delayed ones too, and the total stays', async () => {
  const q = await aQueue(a)
  await q.post('reserved', 'ready')
  await q.postOne('delayed', { delaySeconds: 10 })
  const message = await q.reserveOne()
  expect(await q.clear()).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 3 })
  expect(await q.rows()).toBe(0)
  expect(await q.delete(message)).toEqual(refused('message_not_found'))
  await q.pass(100)
  expect(await q.bodies()).toEqual([])
})

test('F6 ends the reservations of what it deletes', async () => {
  const q = await aQueue(a)
  await q.post('work')
  const message = await q.reserveOne()
  await q.clear()
  for (const late of [q.touch(message), q.release(message), q.delete(message)]) {
    expect(await late).toEqual(refused('message_not_found'))
  }
})

test('B11 clear of a queue that is missing is refused', async () => {
  expect(await (await aQueue(a)).clear()).toEqual(refused('queue_not_found'))
})

test('clear of an empty queue does nothing', async () => {
  const q = await aQueue(a, { settings: {} })
  expect(await q.clear()).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 0 })
})

test('clear leaves other queues alone, and the queue usable', async () => {
  const q = await aQueue(a)
  await q.post('1')
  await q.beside('another').post('other')
  await q.clear()
  await q.post('2')
  expect(await q.bodies()).toEqual(['2'])
  expect(await q.beside('another').bodies()).toEqual(['other'])
})

test('clear deletes more than one statement does', async () => {
  const q = await aQueue(a)
  for (let i = 0; i < 11; i++) await q.post(...Array<string>(1000).fill('x'))
  expect(await q.clear()).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 11_000 })
  expect(await q.rows()).toBe(0)
})

test('clear deletes a message that is changed while it waits for it', async () => {
  const q = await aQueue(a)
  const [one] = await q.post('1', '2')
  const holder = await aTransaction(a)
  await holder.sql`update weldmq.messages set state = 1, due_at = now() + interval '1 hour' where id = ${one!}`
  const cleared = q.clear()
  await someoneWaitsForALock(a)
  await holder.commit()
  expect(await cleared).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
})

test('a clear that Postgres gives up to end a deadlock is run again', async () => {
  const tryIt = async () => {
    const q = await aQueue(a)
    const [first, second] = await q.post('1', '2')
    const holder = await aTransaction(a)
    await holder.sql`update weldmq.messages set priority = 1 where id = ${second!}`
    const cleared = q.clear() // holds the first by now and waits for the second
    await someoneWaitsForALock(a)
    // Waits for clear, which has waited for longer and is hence the one that looks for a circle and is given up: unless
    // it has looked already, before there was one.
    const isGivenUp = await holder.sql`update weldmq.messages set priority = 1 where id = ${first!}`.then(
      () => false,
      (fault: { code?: string }) => fault.code === '40P01',
    )
    await holder.commit()
    expect(await cleared).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
    return !isGivenUp
  }
  await until(tryIt)
})

test('I3 beside posts, reserves, releases and deletes: nothing posted before is left, all later ones are, and the counts are exact', async () => {
  const q = await aQueue(a)
  const before = await q.post(...Array.from({ length: 200 }, (_, i) => `before ${i}`))
  let clearing = true
  const consumer = async (mine: typeof core) => {
    while (clearing) {
      const some = await q.through(mine).reserve(10)
      await Promise.all(some.map((one, i) => (i % 2 ? q.through(mine).release(one) : q.through(mine).delete(one))))
    }
  }
  const producer = async (mine: typeof core) => {
    while (clearing) await q.through(mine).post('during')
  }
  const others = [consumer(core), consumer(other), producer(core), producer(other)]
  for (let i = 0; i < 5; i++) expect(await q.clear()).toEqual(done)
  clearing = false
  await Promise.all(others)

  for (const id of [before[0]!, before[199]!]) expect(await q.find(id)).toEqual(refused('message_not_found'))
  const after = await q.post('after')
  expect(await q.find(after[0]!)).toMatchObject({ ok: true })
  expect((await q.size()).size).toBe(await q.rows())
  expect(await q.clear()).toEqual(done)
  expect((await q.size()).size).toBe(0)
  expect(await q.rows()).toBe(0)
})
