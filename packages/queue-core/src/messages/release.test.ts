import { describe, expect, test } from 'vitest'
import { aCore, done, refused } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a
const NEVER_GIVEN = '0123456789abcdef0123456789abcdef'

async function aReservedMessage() {
  const q = await aQueue(a)
  await q.post('work')
  return { q, message: await q.reserveOne() }
}

describe('releasing a message', () => {
  test('E1 E2 F2 puts it in front of the queue at once', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    const message = await q.reserveOne()
    expect(await q.release(message)).toEqual(done)
    expect(await q.bodies()).toEqual(['1', '2', '3'])
  })

  test('F3 of several keeps their old order, whatever the order of the releases', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3', '4', '5')
    const [one, two, three] = await q.reserve(3)
    await q.release(two!)
    await q.release(three!)
    await q.release(one!)
    expect(await q.bodies()).toEqual(['1', '2', '3', '4', '5'])
  })

  test('E1 F5 with a delay puts it there when the delay has passed', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    const message = await q.reserveOne()
    expect(await q.release(message, { delaySeconds: 100 })).toEqual(done)
    expect(await q.peek()).toEqual(['2'])
    await q.pass(50)
    expect(await q.peek()).toEqual(['2'])
    await q.pass(50)
    expect(await q.bodies()).toEqual(['1', '2'])
  })

  test('E3 needs the reservation that holds', async () => {
    const { q, message } = await aReservedMessage()
    for (const reservationId of [NEVER_GIVEN, 'x', '', '\0']) {
      expect(await q.release({ ...message, reservationId })).toEqual(refused('reservation_lapsed'))
    }
    await q.passUnnoticed(60)
    expect(await q.release(message)).toEqual(refused('reservation_lapsed'))
    await q.pass(0)
    expect(await q.release(message)).toEqual(refused('reservation_lapsed'))
  })

  test('E4 needs a reservation to be named, reserved or not', async () => {
    const { q, message } = await aReservedMessage()
    const release = () => core.releaseMessage({ ...q.on, messageId: message.id, reservationId: undefined })
    expect(await release()).toEqual(refused('reservation_required'))
    await q.release(message)
    expect(await release()).toEqual(refused('reservation_required'))
  })

  test('E4a I5 works once', async () => {
    const { q, message } = await aReservedMessage()
    expect(await q.release(message)).toEqual(done)
    expect(await q.release(message)).toEqual(refused('reservation_lapsed'))
    expect(await q.delete(message)).toEqual(refused('reservation_lapsed'))
    const again = await q.reserveOne()
    expect(await q.release(message)).toEqual(refused('reservation_lapsed'))
    expect(await q.delete(again)).toEqual(done)
  })

  test('E5 of a message or queue that is missing is refused', async () => {
    const { q, message } = await aReservedMessage()
    await q.delete(message)
    expect(await q.release(message)).toEqual(refused('message_not_found', { id: message.id }))
    expect(await q.beside('none').release(message)).toEqual(refused('queue_not_found'))
  })

  test('E6 leaves the count as it is', async () => {
    const { q, message } = await aReservedMessage()
    await q.release(message)
    expect(await q.find(message.id)).toMatchObject({ value: { reservedCount: 1 } })
    expect(await q.reserveOne()).toMatchObject({ reservedCount: 2 })
  })

  test('leaves size and total as they are', async () => {
    const { q, message } = await aReservedMessage()
    await q.release(message)
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    await q.release(await q.reserveOne(), { delaySeconds: 10 })
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  })

  test('many at once keeps each with its own delay', async () => {
    const q = await aQueue(a)
    const bodies = Array.from({ length: 20 }, (_, i) => `${i}`)
    await q.post(...bodies)
    const messages = await q.reserve(20)
    const results = await Promise.all(
      messages.map((message, i) => q.release(message, { delaySeconds: i % 3 === 0 ? 0 : i % 3 === 1 ? 10 : 1000 })),
    )
    expect(results).toEqual(messages.map(() => done))
    expect(await q.peek()).toEqual(bodies.filter((_, i) => i % 3 === 0))
    await q.pass(11)
    expect(await q.peek()).toEqual(bodies.filter((_, i) => i % 3 !== 2))
  })

  test('at once with one reservation succeeds once', async () => {
    const { q, message } = await aReservedMessage()
    const other = await a.another()
    const releases = Array.from({ length: 10 }, (_, i) => q.through(i % 2 ? core : other).release(message))
    const results = await Promise.all(releases)
    expect(results.filter((result) => result.ok)).toHaveLength(1)
    expect(await q.bodies()).toEqual(['work'])
  })

  test.each([-1, 604_801, 0.5])('refuses a delay of %d, once the message is there', async (delaySeconds) => {
    const { q, message } = await aReservedMessage()
    expect(await q.release(message, { delaySeconds })).toEqual(refused('invalid', { field: 'delay' }))
    expect(await q.release({ ...message, id: message.id + 1e9 }, { delaySeconds })).toEqual(
      refused('message_not_found'),
    )
    expect(await q.delete(message)).toEqual(done)
  })
})
