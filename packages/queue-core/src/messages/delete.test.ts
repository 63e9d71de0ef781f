import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aQueue, someoneWaitsForALock } from '../../test/a-queue.ts'
import { aTransaction } from '../../test/a-transaction.ts'

const a = await aCore()
const { core } = a
const NEVER_GIVEN = '0123456789abcdef0123456789abcdef'

async function aReservedMessage() {
  const q = await aQueue(a)
  await q.post('work')
  return { q, message: await q.reserveOne() }
}

describe('deleting a message', () => {
  test('X1 that was never reserved needs no reservation', async () => {
    const q = await aQueue(a)
    const id = await q.postOne('work')
    expect(await q.deleteFree(id)).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    expect(await q.bodies()).toEqual([])
  })

  test('X1 nor does one that is delayed', async () => {
    const q = await aQueue(a)
    const id = await q.postOne('work', { delaySeconds: 10 })
    expect(await q.deleteFree(id)).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('X1 nor one that was released', async () => {
    const { q, message } = await aReservedMessage()
    await q.release(message)
    expect(await q.deleteFree(message.id)).toEqual(done)
  })

  test.each(['at once', 'after upkeep'])('X1 nor one whose reservation has lapsed, %s', async (when) => {
    const { q, message } = await aReservedMessage()
    await (when === 'at once' ? q.passUnnoticed(60) : q.pass(60))
    expect(await q.deleteFree(message.id)).toEqual(done)
    expect(await q.bodies()).toEqual([])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('X2 I3 that is reserved needs its reservation, and is final', async () => {
    const { q, message } = await aReservedMessage()
    expect(await q.delete(message)).toEqual(done)
    await q.pass(100)
    expect(await q.bodies()).toEqual([])
    expect(await q.peek()).toEqual([])
    expect(await q.rows()).toBe(0)
  })

  test('X3 K-3 that is reserved without naming a reservation is refused', async () => {
    const { q, message } = await aReservedMessage()
    expect(await q.deleteFree(message.id)).toEqual(refused('reservation_required', { id: message.id }))
    expect(await q.delete(message)).toEqual(done)
  })

  test('X4 I5 that somebody else has reserved since is refused', async () => {
    const { q, message } = await aReservedMessage()
    await q.pass(60)
    const theirs = await q.reserveOne()
    expect(await q.delete(message)).toEqual(refused('reservation_lapsed', { id: message.id }))
    expect(await q.delete(theirs)).toEqual(done)
  })

  test.each(['at once', 'after upkeep'])('X5 that nobody has reserved since is refused, %s', async (when) => {
    const { q, message } = await aReservedMessage()
    await (when === 'at once' ? q.passUnnoticed(61) : q.pass(61))
    expect(await q.delete(message)).toEqual(refused('reservation_lapsed'))
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  })

  test.each([NEVER_GIVEN, 'x', '', '\0', 'g'.repeat(32), 'A'.repeat(32)])(
    'X4 with the reservation %j, which is none, is refused',
    async (reservationId) => {
      const { q, message } = await aReservedMessage()
      expect(await q.delete({ ...message, reservationId })).toEqual(refused('reservation_lapsed'))
      await q.release(message)
      expect(await q.delete({ ...message, reservationId })).toEqual(refused('reservation_lapsed'))
      expect(await q.bodies()).toEqual(['work'])
    },
  )

  test('X6 that is missing is refused, whatever the reservation', async () => {
    const { q, message } = await aReservedMessage()
    await q.delete(message)
    expect(await q.delete(message)).toEqual(refused('message_not_found', { id: message.id }))
    expect(await q.delete({ ...message, reservationId: 'x' })).toEqual(refused('message_not_found'))
    expect(await q.deleteFree(message.id)).toEqual(refused('message_not_found', { id: message.id }))
  })

  test('X7 of a queue that is missing is refused', async () => {
    expect(await (await aQueue(a)).deleteFree(1)).toEqual(refused('queue_not_found'))
    expect(await (await aQueue(a)).delete({ id: 1, reservationId: NEVER_GIVEN })).toEqual(refused('queue_not_found'))
  })

  test('X9 in the very second of the timeout is too late', async () => {
    const q = await aQueue(a)
    await q.post('work')
    const message = await q.reserveOne({ timeoutSeconds: 3 })
    await q.passUnnoticed(3)
    expect(await q.delete(message)).toEqual(refused('reservation_lapsed'))
  })

  test('by the reservation of another message is refused', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    const [one, two] = await q.reserve(2)
    expect(await q.delete({ id: one!.id, reservationId: two!.reservationId })).toEqual(refused('reservation_lapsed'))
    const results = await Promise.all([q.delete({ ...one!, reservationId: two!.reservationId }), q.delete(two!)])
    expect(results).toEqual([refused('reservation_lapsed'), done])
    expect(await q.delete(one!)).toEqual(done)
  })

  test('at once by many succeeds once, and is counted once', async () => {
    const { q, message } = await aReservedMessage()
    const other = await a.another()
    const deletes = Array.from({ length: 10 }, (_, i) => q.through(i % 2 ? core : other).delete(message))
    const results = await Promise.all(deletes)
    expect(results.filter((result) => result.ok)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(result).toEqual(refused('message_not_found'))
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })
})

describe('deleting several messages', () => {
  test('B1 B2 by their reservations, or free ones without, deletes all of them', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    const [free, delayed] = [await q.postOne('3'), await q.postOne('4', { delaySeconds: 10 })]
    const [one, two] = await q.reserve(2)
    expect(await q.deleteAll(one!, { id: free }, two!, { id: delayed })).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 4 })
    expect(await q.rows()).toBe(0)
  })

  test('B5 B8 takes 1 to 100 of them', async () => {
    const q = await aQueue(a)
    const ids = await q.post(...Array.from({ length: 101 }, (_, i) => `${i}`))
    const all = ids.map((id) => ({ id }))
    expect(await q.deleteAll(...all)).toEqual(refused('invalid', { field: 'ids' }))
    expect(await q.deleteAll()).toEqual(refused('invalid', { field: 'ids' }))
    expect(await q.size()).toEqual({ size: 101, totalMessages: 101 })
    expect(await q.deleteAll(...all.slice(1))).toEqual(done)
    expect(await q.size()).toEqual({ size: 1, totalMessages: 101 })
  })

  test('B6 deletes nothing when one is reserved and its reservation is not named', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    const [one, two] = await q.reserve(2)
    const third = (await q.reserveOne()).id
    expect(await q.deleteAll(one!, { id: third }, two!)).toEqual(refused('reservation_required', { id: third }))
    expect(await q.size()).toEqual({ size: 3, totalMessages: 3 })
    expect(await q.delete(one!)).toEqual(done)
  })

  test('B6 deletes nothing when one reservation has lapsed, is another one, or is none', async () => {
    const q = await aQueue(a)
    await q.post('1', '2')
    const [one, two] = await q.reserve(2)
    for (const reservationId of [NEVER_GIVEN, 'x', '', '\0', one!.reservationId]) {
      expect(await q.deleteAll(one!, { ...two!, reservationId })).toEqual(
        refused('reservation_lapsed', { id: two!.id }),
      )
    }
    const touched = { ...two!, ...valueOf(await q.touch(two!, { timeoutSeconds: 10 })) }
    await q.pass(10)
    expect(await q.deleteAll(one!, touched)).toEqual(refused('reservation_lapsed', { id: two!.id }))
    expect(await q.deleteAll(one!, { id: two!.id })).toEqual(done)
  })

  test('B7 deletes nothing when one does not exist', async () => {
    const q = await aQueue(a)
    const [one, two] = await q.post('1', '2')
    await q.deleteFree(two!)
    expect(await q.deleteAll({ id: one! }, { id: two! })).toEqual(refused('message_not_found', { id: two! }))
    expect(await q.deleteAll({ id: -1 }, { id: one! })).toEqual(refused('message_not_found', { id: -1 }))
    expect(await q.bodies()).toEqual(['1'])
  })

  test('one named twice is deleted once', async () => {
    const q = await aQueue(a)
    const [free] = await q.post('1')
    expect(await q.deleteAll({ id: free! }, { id: free! })).toEqual(done)
    await q.post('2')
    const held = await q.reserveOne()
    expect(await q.deleteAll(held, held)).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
  })

  test('one named with two reservations is not deleted', async () => {
    const { q, message } = await aReservedMessage()
    expect(await q.deleteAll(message, { ...message, reservationId: NEVER_GIVEN })).toEqual(
      refused('reservation_lapsed'),
    )
    expect(await q.deleteAll(message, { id: message.id })).toEqual(refused('reservation_required'))
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  })

  test('B11 of a queue that is missing is refused', async () => {
    expect(await (await aQueue(a)).deleteAll({ id: 1 })).toEqual(refused('queue_not_found'))
    expect(await (await aQueue(a)).deleteAll()).toEqual(refused('queue_not_found'))
  })

  test('stays all or nothing when upkeep moves one of them meanwhile', async () => {
    const q = await aQueue(a)
    const [one, two] = await q.post('1', '2')
    const holder = await aTransaction(a)
    await holder.sql`update weldmq.messages set lane = 1 where id = ${two!}` // as the keeper does with stragglers
    const deleted = q.deleteAll({ id: one! }, { id: two! })
    await someoneWaitsForALock(a)
    await holder.commit()
    expect(await deleted).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
  })

  test('stays all or nothing when one of them is reserved meanwhile', async () => {
    const q = await aQueue(a)
    const [one, two] = await q.post('1', '2')
    const holder = await aTransaction(a)
    await holder.sql`
      update weldmq.messages set state = 2, reservation = ${NEVER_GIVEN}::uuid, due_at = now() + interval '1 hour'
       where id = ${two!}`
    const deleted = q.deleteAll({ id: one! }, { id: two! })
    await someoneWaitsForALock(a)
    await holder.commit()
    expect(await deleted).toEqual(refused('reservation_required', { id: two! }))
    expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
  })

  test('of the same ones at once in different orders deletes them once, and nobody waits for ever', async () => {
    const q = await aQueue(a)
    const other = await a.another()
    const ids = (await q.post(...Array.from({ length: 100 }, (_, i) => `${i}`))).map((id) => ({ id }))
    const orders = [ids, ids.toReversed(), ids, ids.toReversed(), ids.toReversed()]
    const results = await Promise.all(orders.map((some, i) => q.through(i % 2 ? core : other).deleteAll(...some)))
    expect(results.filter((result) => result.ok)).toHaveLength(1)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 100 })
  })
})
