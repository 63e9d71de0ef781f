import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aQueue, someoneWaitsForALock } from '../../test/a-queue.ts'
import { aTransaction } from '../../test/a-transaction.ts'

const a = await aCore()
const { core } = a
const NONE = 987_654_321

/** A queue with what is done by a message's id alone. */
async function aKnownQueue(settings?: Parameters<typeof aQueue>[1]) {
  const q = await aQueue(a, settings)
  const on = (messageId: number) => ({ ...q.on, messageId })
  return {
    ...q,
    open: () => q.reserveOne({ open: true }),
    deleteById: (id: number) => core.deleteMessageById(on(id)),
    touchById: (id: number) => core.touchMessageById(on(id)),
    releaseById: (id: number, delaySeconds = 0) => core.releaseMessageById({ ...on(id), delaySeconds }),
    statusOf: async (id: number) => valueOf(await q.find(id)).status,
  }
}

/** One message in the hands of a session. */
async function heldBySession(q: Awaited<ReturnType<typeof aKnownQueue>>) {
  const session = core.openSession({ project: q.on.project })
  valueOf(await session.watch(q.on.queue))
  const reserved = await session.reserve({ waitSeconds: 0 })
  return { session, reserved }
}

describe('deleting by id', () => {
  test('M2 M3 M4 whoever holds it or nobody', async () => {
    const q = await aKnownQueue()
    const [free, open, named, late] = await q.post('free', 'open', 'named', 'late')
    expect(await q.deleteById(free!)).toEqual(done)
    await q.open()
    const held = await q.reserveOne()
    await q.reserveOne({ timeoutSeconds: 1 })
    await q.passUnnoticed(2)
    for (const id of [open, named, late]) expect(await q.deleteById(id!)).toEqual(done)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 4 })
    expect(await q.rows()).toBe(0)
    expect(await q.delete(held)).toEqual(refused('message_not_found'))
  })

  test('what a session holds too', async () => {
    const q = await aKnownQueue()
    const id = await q.postOne('work')
    const { session } = await heldBySession(q)
    expect(await q.deleteById(id)).toEqual(done)
    expect(await session.delete(id)).toEqual(refused('message_not_found'))
    await session.close()
  })

  test('X3 not what is missing, expired or of another queue', async () => {
    const q = await aKnownQueue({ settings: {} })
    expect(await q.deleteById(NONE)).toEqual(refused('message_not_found'))
    const id = await q.postOne('work', { expirationSeconds: 10 })
    await q.passUnnoticed(11)
    expect(await q.deleteById(id)).toEqual(refused('message_not_found'))
    const other = q.beside('other')
    const theirs = await other.postOne('work')
    expect(await q.deleteById(theirs)).toEqual(refused('message_not_found'))
    expect(await core.deleteMessageById({ ...q.on, queue: 'none', messageId: 1 })).toEqual(refused('queue_not_found'))
  })

  test('works once, however many try', async () => {
    const q = await aKnownQueue()
    const ids = await q.post(...Array.from({ length: 50 }, String))
    const results = await Promise.all([...ids, ...ids].map((id) => q.deleteById(id)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(50)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 50 })
  })

  test('callers of many queues at once, each counted where it belongs', async () => {
    const queues = await Promise.all(Array.from({ length: 5 }, () => aKnownQueue()))
    const posted = await Promise.all(queues.map((q) => q.post('a', 'b', 'c')))
    await Promise.all(queues.flatMap((q, i) => [q.deleteById(posted[i]![0]!), q.deleteById(posted[i]![2]!)]))
    for (const q of queues) {
      expect(await q.size()).toEqual({ size: 1, totalMessages: 3 })
      expect(await q.bodies()).toEqual(['b'])
    }
  })

  test('a message that changes under the statement is deleted nonetheless', async () => {
    const q = await aKnownQueue()
    const id = await q.postOne('work')
    const other = await aTransaction(a)
    await other.sql`update weldmq.messages set reserved_count = 7 where id = ${id}`
    const deleting = q.deleteById(id)
    await someoneWaitsForALock(a)
    await other.commit()
    expect(await deleting).toEqual(done)
    expect(await q.size()).toMatchObject({ size: 0 })
  })

  test('B4 M5 several: those that there are', async () => {
    const q = await aKnownQueue()
    const ids = await q.post('1', '2', '3')
    await q.reserveOne()
    const remove = (...messageIds: number[]) => core.deleteMessagesById({ ...q.on, messageIds })
    expect(await remove(ids[0]!, NONE, ids[2]!, ids[0]!)).toEqual(done)
    expect(await q.bodies()).toEqual(['2'])
    expect(await remove()).toEqual(refused('invalid', { field: 'ids' }))
    expect(await remove(...Array.from({ length: 101 }, (_, i) => i))).toEqual(refused('invalid', { field: 'ids' }))
    expect(await core.deleteMessagesById({ ...q.on, queue: 'none', messageIds: [1] })).toEqual(
      refused('queue_not_found'),
    )
  })
})

describe('touching by id', () => {
  test("T2 T3 M7 another term of the message's own timeout, whatever the reservation had", async () => {
    const q = await aKnownQueue({ settings: { messageTimeoutSeconds: 100 } })
    const own = await q.postOne('own', { timeoutSeconds: 30 })
    const none = await q.postOne('none')
    await q.reserve(2, { open: true, timeoutSeconds: 500 })
    expect(await q.touchById(own)).toEqual(done)
    expect(await q.touchById(none)).toEqual(done)
    await q.pass(31)
    expect(await q.reserve()).toMatchObject([{ id: own, reservedCount: 3 }])
    expect(await q.statusOf(none)).toBe('reserved')
    await q.pass(70)
    expect(await q.reserve()).toMatchObject([{ id: none, reservedCount: 3 }])
  })

  test('T6 starts a reservation where nobody has one, and it is an open one', async () => {
    const q = await aKnownQueue()
    const [ready, late] = await q.post('ready', 'late')
    const delayed = await q.postOne('delayed', { delaySeconds: 100 })
    await q.touchById(late!)
    await q.passUnnoticed(61)
    for (const id of [ready!, late!, delayed]) {
      expect(await q.touchById(id)).toEqual(done)
      expect(await q.statusOf(id)).toBe('reserved')
    }
    expect(await q.bodies()).toEqual([])
    for (const id of [ready!, late!, delayed]) expect(await q.releaseById(id)).toEqual(done)
    expect(await q.bodies()).toEqual(['ready', 'late', 'delayed'])
  })

  test('M8 leaves alone what is held by its reservation id, and by a session', async () => {
    const q = await aKnownQueue()
    const [id] = await q.post('named', 'held')
    const named = await q.reserveOne()
    const { session, reserved } = await heldBySession(q)
    expect(reserved).toMatchObject({ message: { body: Buffer.from('held') } })
    expect(await q.touchById(id!)).toEqual(refused('reservation_lapsed'))
    expect(await q.touchById(id! + 1)).toEqual(refused('reservation_lapsed'))
    expect(await q.delete(named)).toEqual(done)
    await session.close()
  })

  test('T5 does nothing about what is missing', async () => {
    const q = await aKnownQueue({ settings: {} })
    expect(await q.touchById(NONE)).toEqual(refused('message_not_found'))
  })

  test('a hidden reservation lasts through touches, so that who knows it may go on', async () => {
    const q = await aKnownQueue()
    await q.postOne('work')
    const message = await q.open()
    await q.touchById(message.id)
    expect(await q.delete(message)).toEqual(done)
  })
})

describe('releasing by id', () => {
  test('E4 M9 M13 an open reservation ends, and the message goes to the end', async () => {
    const q = await aKnownQueue()
    const ids = await q.post('1', '2', '3')
    await q.reserve(2, { open: true })
    expect(await q.releaseById(ids[0]!)).toEqual(done)
    expect(await q.releaseById(ids[1]!, 100)).toEqual(done)
    expect(await q.statusOf(ids[1]!)).toBe('delayed')
    expect(await q.peek()).toEqual(['3', '1'])
    await q.pass(100)
    expect(await q.bodies()).toEqual(['3', '1', '2'])
  })

  test('E5 a free message is only delayed, and keeps its place', async () => {
    const q = await aKnownQueue()
    const ids = await q.post('1', '2')
    const delayed = await q.postOne('3', { delaySeconds: 100 })
    expect(await q.releaseById(ids[0]!)).toEqual(done)
    expect(await q.releaseById(delayed)).toEqual(done)
    expect(await q.peek()).toEqual(['1', '2'])
    expect(await q.releaseById(ids[0]!, 100)).toEqual(done)
    expect(await q.releaseById(delayed, 100)).toEqual(done)
    expect(await q.peek()).toEqual(['2'])
    await q.pass(100)
    expect(await q.bodies()).toEqual(['1', '2', '3'])
  })

  test('what lapsed and was not yet made ready goes where its reservation sends it', async () => {
    const q = await aKnownQueue()
    await q.post('open', 'named', 'last')
    const open = await q.reserveOne({ open: true, timeoutSeconds: 1 })
    const named = await q.reserveOne({ timeoutSeconds: 1 })
    await q.passUnnoticed(2)
    expect(await q.releaseById(open.id)).toEqual(done)
    expect(await q.releaseById(named.id)).toEqual(done)
    expect(await q.bodies()).toEqual(['named', 'last', 'open'])
  })

  test('M10 leaves alone what is held by its reservation id, and by a session', async () => {
    const q = await aKnownQueue()
    const [id] = await q.post('named', 'held')
    await q.reserveOne()
    const { session } = await heldBySession(q)
    for (const one of [id!, id! + 1]) {
      expect(await q.releaseById(one)).toEqual(refused('reservation_lapsed'))
      expect(await q.releaseById(one, 5)).toEqual(refused('reservation_lapsed'))
    }
    await session.close()
  })

  test('what is buried stays buried', async () => {
    const q = await aKnownQueue()
    const id = await q.postOne('work')
    const { session } = await heldBySession(q)
    valueOf(await session.bury({ messageId: id, priority: 1 }))
    expect(await q.releaseById(id, 5)).toEqual(done)
    expect(await q.touchById(id)).toEqual(refused('reservation_lapsed'))
    expect(await q.statusOf(id)).toBe('buried')
    expect(await q.deleteById(id)).toEqual(done)
    await session.close()
  })

  test('wakes who waits', async () => {
    const q = await aKnownQueue()
    const id = await q.postOne('work')
    await q.open()
    const waiting = q.reserve(1, { waitSeconds: 20 })
    await q.releaseById(id)
    expect(await waiting).toMatchObject([{ id }])
  })

  test('E1 refuses delays out of range, and what is missing', async () => {
    const q = await aKnownQueue()
    const id = await q.postOne('work')
    for (const delay of [-1, 604_801, 1.5]) {
      expect(await q.releaseById(id, delay)).toEqual(refused('invalid', { field: 'delay' }))
    }
    expect(await q.releaseById(NONE)).toEqual(refused('message_not_found'))
    expect(await q.releaseById(NONE, 5)).toEqual(refused('message_not_found'))
  })
})
