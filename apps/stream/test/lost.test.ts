import { ageQueue, sqlFor } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()
const sql = sqlFor(stream.database)
afterAll(() => sql.end())

/** A client that holds two messages, and has no more credit than that. */
async function holding(door: Awaited<ReturnType<typeof stream.aDoor>>, more: object = {}) {
  const my = await door.client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 2, ...more })
  const held = await my.messages(2)
  return { my, ids: held.map(({ id }) => id), held }
}

test('lost.1: a reservation that lapsed is told, and its credit is back in the same frame', async () => {
  const door = await stream.aDoor()
  await door.post('1', '2')
  const { my, ids } = await holding(door, { timeout: 1 })
  // They lapse together or one after the other.
  const lost = new Set<string>()
  while (lost.size < 2)
    for (const id of (await my.take('lost', ({ why }) => why === 'lapsed'))['ids']) lost.add(id as string)
  expect([...lost].toSorted()).toEqual(ids)
  // And since it has credit, they come again, as often as they lapse.
  const again = new Set<string>()
  while (again.size < 2) for (const { id } of await my.messages(1)) again.add(id as string)
  expect([...again].toSorted()).toEqual(ids)
})

test('lost.2: what somebody else ended is lapsed too', async () => {
  const door = await stream.aDoor()
  await door.post('1', '2')
  const { my, ids, held } = await holding(door)
  await my.ask({ type: 'credit', sub: 's', set: 0 })
  const [messageId, reservationId] = [Number(ids[0]!.slice(1)), held[0]!['reservation_id']]
  valueOf(await stream.core.touchMessage({ ...door.on, messageId, reservationId }))
  expect(await my.take('lost')).toMatchObject({ ids: [ids[0]], why: 'lapsed', credit: 1 })
})

test('lost.3: cleared, by whichever gateway', async () => {
  const another = await stream.anotherCore()
  const losing = async () => {
    const door = await stream.aDoor()
    await door.post('1', '2')
    const { my, ids } = await holding(door)
    valueOf(await another.clearQueue(door.on))
    const lost = await my.take('lost')
    expect(lost).toMatchObject({ ids, credit: 2 })
    await door.post('3')
    expect(await my.messages(1)).toMatchObject([{ body: '3' }])
    return lost['why']
  }
  // Once more where what was gone was seen before the word that it was a clear had come.
  await expect.poll(losing).toBe('cleared')
})

test('lost.4: a deleted queue takes the reservations along, and ends the subscription', async () => {
  const door = await stream.aDoor()
  await door.post('1', '2')
  const { my, ids } = await holding(door)
  const idle = await door.client()
  await idle.ask({ type: 'subscribe', sub: 'i', queue: 'q', credit: 1 })
  valueOf(await stream.core.deleteQueue(door.on))
  // The reservations first, then the subscription: nothing comes of one that has ended.
  await my.take('unsubscribed').then((frame) => my.frames.push(frame))
  expect(my.frames.map(({ type }) => type)).toEqual(['lost', 'error', 'unsubscribed'])
  expect(await my.take('lost')).toMatchObject({ ids, why: 'queue_deleted', credit: 2 })
  for (const [client, sub] of [
    [my, 's'],
    [idle, 'i'],
  ] as const) {
    expect(await client.take('error')).toMatchObject({ sub, code: 'queue_not_found', temporary: false })
    expect(await client.take('unsubscribed')).toEqual({ type: 'unsubscribed', sub })
  }
  // The name may be used again.
  await stream.core.putQueue({ ...door.on, settings: {} })
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })).toMatchObject({ type: 'subscribed' })
})

test('lost.5: an error that says of an id that its reservation is over brings the credit back, and no lost follows', async () => {
  const door = await stream.aDoor()
  await door.post('1', '2')
  const { my, held } = await holding(door, { timeout: 100 })
  await my.ask({ type: 'credit', sub: 's', set: 0 })
  await ageQueue(sql, door.on, 100)
  const ids = held.map(({ id, reservation_id }) => ({ id, reservation_id }))
  expect(await my.ask({ type: 'delete', queue: 'q', ids })).toMatchObject({ type: 'error', code: 'reservation_lapsed' })
  // With their credit they come again.
  expect(new Set((await my.messages(2)).map(({ id }) => id))).toEqual(new Set(ids.map(({ id }) => id)))
  expect(await my.ask({ type: 'credit', sub: 's', add: 0 })).toMatchObject({ credit: 0 })
  // The look once a second may have come before the error.
  const lost = my.frames.filter(({ type }) => type === 'lost').flatMap((frame) => frame['ids'] as string[])
  expect(lost.length === 0 || lost.length === 2).toBe(true)
})
