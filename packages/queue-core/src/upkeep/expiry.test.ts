import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, done, refused } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()

describe('a message older than the expiration of its queue', () => {
  test.each([
    ['F8 of its own setting', { messageExpirationSeconds: 100 }, 100],
    ['F8 of a week where none was set', {}, 604_800],
    ['F8 of a month at most', { messageExpirationSeconds: 2_592_000 }, 2_592_000],
  ])('is gone after that time: %s', async (_, settings, seconds) => {
    const q = await aQueue(a, { settings })
    await q.post('work')
    await q.pass(seconds - 50)
    expect(await q.peek()).toEqual(['work'])
    await q.pass(50)
    expect(await q.peek()).toEqual([])
    expect(await q.bodies()).toEqual([])
  })

  test('F10 is gone from reserve, peek and find at once, and from the size as soon as upkeep has been there', async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
    const id = await q.postOne('work')
    await q.passUnnoticed(100)
    expect(await q.find(id)).toEqual(refused('message_not_found'))
    expect(await q.peek()).toEqual([])
    expect(await q.bodies()).toEqual([])
    expect(await q.deleteFree(id)).toEqual(refused('message_not_found'))
    expect(await q.deleteAll({ id })).toEqual(refused('message_not_found'))
    await q.pass(0)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    expect(await q.rows()).toBe(0)
  })

  test('F9 that is delayed expires all the same, counted from its post', async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
    const id = await q.postOne('work', { delaySeconds: 1000 })
    await q.pass(100)
    expect(await q.find(id)).toEqual(refused('message_not_found'))
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('does not hide the younger ones behind it', async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
    await q.post('1', '2')
    await q.pass(60)
    await q.post('3', '4')
    await q.pass(40)
    expect(await q.bodies(1)).toEqual(['3'])
    expect(await q.bodies()).toEqual(['4'])
    expect(await q.size()).toEqual({ size: 2, totalMessages: 4 })
  })
})

describe('F11 a message that expires while it is reserved', () => {
  const aReservedMessage = async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
    await q.post('work')
    const message = await q.reserveOne({ timeoutSeconds: 1000 })
    await q.pass(100)
    return { q, message }
  }

  test('may still be deleted by its holder', async () => {
    const { q, message } = await aReservedMessage()
    expect(await q.find(message.id)).toMatchObject({ ok: true })
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    expect(await q.delete(message)).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('may still be touched and deleted together with others by its holder', async () => {
    const { q, message } = await aReservedMessage()
    expect((await q.touch(message)).ok).toBe(true)
    const again = await aReservedMessage()
    expect(await again.q.deleteAll(again.message)).toEqual(done)
  })

  // The moment of its expiration may lie far back by now, behind everything upkeep has looked at.
  const longAgo = (q: { queueId(): Promise<number> }) =>
    q.queueId().then(
      (id) => a.sql`
      update weldmq.messages set expires_at = now() - interval '1 hour' where queue_id = ${id}`,
    )

  test('is gone when its reservation lapses', async () => {
    const { q, message } = await aReservedMessage()
    await longAgo(q)
    await q.pass(900)
    expect(await q.find(message.id)).toEqual(refused('message_not_found'))
    expect(await q.bodies()).toEqual([])
    await until(async () => (await q.size()).size === 0)
    expect(await q.rows()).toBe(0)
  })

  test('is gone when it is released', async () => {
    const { q, message } = await aReservedMessage()
    await longAgo(q)
    await q.release(message)
    expect(await q.bodies()).toEqual([])
    await until(async () => (await q.size()).size === 0)
  })
})

test('many expired messages of several queues are gone together, and counted', async () => {
  const q = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
  const p = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
  await q.post(...Array<string>(700).fill('x'))
  await p.post(...Array<string>(700).fill('x'))
  await p.pass(90)
  await p.post('young')
  await Promise.all([q.passUnnoticed(100), p.passUnnoticed(10)])
  await Promise.all([q.pass(0), p.pass(0)])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 700 })
  expect(await p.size()).toEqual({ size: 1, totalMessages: 701 })
})
