import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a
const NEVER_GIVEN = '0123456789abcdef0123456789abcdef'

async function aReservedMessage(settings = {}) {
  const q = await aQueue(a, { settings })
  await q.post('work')
  return { q, message: await q.reserveOne() }
}

describe('touching a message', () => {
  test('T1 I5 gives a new reservation, and the old one is void at once', async () => {
    const { q, message } = await aReservedMessage()
    const { reservationId } = valueOf(await q.touch(message))
    expect(reservationId).toMatch(/^[0-9a-f]{32}$/)
    expect(reservationId).not.toBe(message.reservationId)
    for (const old of [q.touch(message), q.release(message), q.delete(message)]) {
      expect(await old).toEqual(refused('reservation_lapsed', { id: message.id }))
    }
    expect(await q.delete({ ...message, reservationId })).toEqual(done)
  })

  test('T2 it lasts the timeout of the queue, not the one it was reserved with', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 100 } })
    await q.post('work')
    const message = await q.reserveOne({ timeoutSeconds: 1000 })
    const touched = { ...message, ...valueOf(await q.touch(message)) }
    await q.pass(50)
    expect(await q.bodies()).toEqual([])
    await q.pass(50)
    expect(await q.touch(touched)).toEqual(refused('reservation_lapsed'))
    expect(await q.bodies()).toEqual(['work'])
  })

  test('T3 or as long as the call says, from now on', async () => {
    const { q, message } = await aReservedMessage()
    await q.pass(30)
    const touched = { ...message, ...valueOf(await q.touch(message, { timeoutSeconds: 500 })) }
    await q.pass(400)
    expect(await q.delete(touched)).toEqual(done)
  })

  test('T4 needs the reservation that holds', async () => {
    const { q, message } = await aReservedMessage()
    for (const reservationId of [NEVER_GIVEN, 'x', '', message.reservationId.toUpperCase(), '\0']) {
      expect(await q.touch({ ...message, reservationId })).toEqual(refused('reservation_lapsed'))
    }
    await q.passUnnoticed(60)
    expect(await q.touch(message)).toEqual(refused('reservation_lapsed'))
    await q.pass(0)
    expect(await q.touch(message)).toEqual(refused('reservation_lapsed'))
  })

  test('T5 needs a reservation to be named, reserved or not', async () => {
    const { q, message } = await aReservedMessage()
    const touch = () => core.touchMessage({ ...q.on, messageId: message.id, reservationId: undefined })
    expect(await touch()).toEqual(refused('reservation_required'))
    await q.release(message)
    expect(await touch()).toEqual(refused('reservation_required'))
  })

  test('T6 of a message or queue that is missing is refused', async () => {
    const { q, message } = await aReservedMessage()
    await q.delete(message)
    expect(await q.touch(message)).toEqual(refused('message_not_found', { id: message.id }))
    expect(await q.touch({ id: message.id, reservationId: 'x' })).toEqual(refused('message_not_found'))
    expect(await q.beside('none').touch(message)).toEqual(refused('queue_not_found'))
  })

  test('T7 counts as a reservation', async () => {
    const { q, message } = await aReservedMessage()
    let held = message
    for (let i = 0; i < 3; i++) held = { ...held, ...valueOf(await q.touch(held)) }
    expect(await q.find(message.id)).toMatchObject({ value: { reservedCount: 4 } })
    await q.release(held)
    expect(await q.reserveOne()).toMatchObject({ reservedCount: 5 })
  })

  test('T9 again and again works with the newest reservation, and only with it', async () => {
    const { q, message } = await aReservedMessage()
    const second = { ...message, ...valueOf(await q.touch(message)) }
    const third = { ...message, ...valueOf(await q.touch(second)) }
    expect(await q.touch(second)).toEqual(refused('reservation_lapsed'))
    expect(await q.touch(third)).toMatchObject({ ok: true })
  })

  test('at once with one reservation succeeds once', async () => {
    const { q, message } = await aReservedMessage()
    const other = await a.another()
    const touches = Array.from({ length: 10 }, (_, i) => q.through(i % 2 ? core : other).touch(message))
    const results = await Promise.all(touches)
    expect(results.filter((result) => result.ok)).toHaveLength(1)
    expect(await q.find(message.id)).toMatchObject({ value: { reservedCount: 2 } })
  })

  test('many messages at once keeps each with its own timeout and reservation', async () => {
    const q = await aQueue(a)
    await q.post(...Array.from({ length: 20 }, (_, i) => `${i}`))
    const messages = await q.reserve(20)
    const touched = await Promise.all(
      messages.map(async (message, i) => ({
        ...message,
        ...valueOf(await q.touch(message, { timeoutSeconds: i % 2 ? 1000 : 10 })),
      })),
    )
    await q.pass(11)
    const results = await Promise.all(touched.map((message) => q.delete(message)))
    expect(results.map((result) => result.ok)).toEqual(touched.map((_, i) => i % 2 === 1))
  })

  test('keeps the place of the message', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    const message = await q.reserveOne()
    await q.touch(message)
    await q.pass(60)
    expect(await q.bodies()).toEqual(['1', '2'])
  })

  test.each([0, -1, 86_401, 0.5])('refuses a timeout of %d, once the message is there', async (timeoutSeconds) => {
    const { q, message } = await aReservedMessage()
    expect(await q.touch(message, { timeoutSeconds })).toEqual(refused('invalid', { field: 'timeout' }))
    expect(await q.touch({ ...message, id: message.id + 1e9 }, { timeoutSeconds })).toEqual(
      refused('message_not_found'),
    )
    expect(await q.delete(message)).toEqual(done)
  })
})
