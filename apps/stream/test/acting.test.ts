import { letPass, sqlFor } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()
const sql = sqlFor(stream.database)
afterAll(() => sql.end())

/** A client that holds these messages. */
async function holding(...bodies: string[]) {
  const door = await stream.aDoor()
  const ids = await door.post(...bodies)
  const my = await door.client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10, timeout: 1000 })
  const held = await my.messages(bodies.length)
  const named = held.map(({ id, reservation_id }) => ({ id, reservation_id }))
  const credit = async () => (await my.ask({ type: 'credit', sub: 's', add: 0 }))['credit']
  return { ...door, my, ids, held, named, credit }
}

test('act.1: delete, release, touch and bury are answered ok, and bring the credit back', async () => {
  const { my, named, credit, size, on } = await holding('1', '2', '3', '4')
  expect(await credit()).toBe(6)
  await my.ask({ type: 'credit', sub: 's', set: 0 })
  expect(await my.ask({ type: 'delete', queue: 'q', ids: [named[0]] })).toEqual({ type: 'ok', re: expect.any(Number) })
  expect(await credit()).toBe(1)
  expect(await my.ask({ type: 'bury', queue: 'q', ids: [named[1]] })).toMatchObject({ type: 'ok' })
  expect(await credit()).toBe(2)
  expect(await my.ask({ type: 'release', queue: 'q', ids: [named[2]], delay: 100 })).toMatchObject({ type: 'ok' })
  expect(await credit()).toBe(3)
  const touched = await my.ask({ type: 'touch', queue: 'q', ids: [named[3]], timeout: 500 })
  expect(touched).toEqual({
    type: 'ok',
    re: expect.any(Number),
    ids: [{ id: named[3]!.id, reservation_id: expect.any(String), reserved_until: expect.any(String) }],
  })
  expect(touched['ids'][0].reservation_id).not.toBe(named[3]!.reservation_id)
  expect(await credit()).toBe(3)
  expect(await my.ask({ type: 'delete', queue: 'q', ids: touched['ids'] })).toMatchObject({ type: 'ok' })
  expect(await credit()).toBe(4)
  expect(await size()).toBe(2)
  await letPass(sql, on, 100)
  expect(await my.messages(1)).toMatchObject([{ body: '3', reserved_count: 2 }])
})

test('act.2: those that fail are named with their reason, the others are done', async () => {
  const { my, named, size, credit } = await holding('1', '2')
  const missing = { id: '1999999999999999999', reservation_id: 'a'.repeat(32) }
  const wrong = { id: named[1]!.id, reservation_id: 'a'.repeat(32) }
  const unnamed = { id: named[1]!.id }
  const ids = [missing, named[0], wrong, unnamed, {}, 'x', { id: 'x', reservation_id: 5 }]
  expect(await my.ask({ type: 'delete', queue: 'q', ids })).toMatchObject({
    type: 'error',
    code: 'message_not_found',
    temporary: false,
    ids: [
      { id: missing.id, code: 'message_not_found' },
      { id: named[1]!.id, code: 'reservation_lapsed' },
      { id: named[1]!.id, code: 'reservation_required' },
      { id: '', code: 'message_not_found' },
      { id: '', code: 'message_not_found' },
      { id: 'x', code: 'message_not_found' },
    ],
  })
  expect(await size()).toBe(1)
  expect(await credit()).toBe(9)
})

test('act.3: a touch in part says the fresh reservations of those that it got', async () => {
  const { my, named } = await holding('1')
  const missing = { id: '1999999999999999999', reservation_id: 'a'.repeat(32) }
  const answer = await my.ask({ type: 'touch', queue: 'q', ids: [missing, named[0]] })
  expect(answer).toMatchObject({
    type: 'error',
    ids: [{ id: missing.id, code: 'message_not_found' }],
    touched: [{ id: named[0]!.id, reservation_id: expect.any(String) }],
  })
  // Without a timeout it lasts as long as the subscription asked for.
  expect(Date.parse(answer['touched'][0].reserved_until)).toBeGreaterThan(Date.now() + 900_000)
  expect(await my.ask({ type: 'delete', queue: 'q', ids: named })).toMatchObject({ type: 'error' })
  expect(await my.ask({ type: 'delete', queue: 'q', ids: answer['touched'] })).toMatchObject({ type: 'ok' })
})

test('act.4: whoever shows the reservation may act, by whatever door', async () => {
  const { my, named, ids, on, post, credit, size } = await holding('1')
  await my.ask({ type: 'credit', sub: 's', set: 0 })
  await post('2')
  const [reserved] = valueOf(await stream.core.reserveMessages({ ...on, count: 1 }))
  const theirs = { id: `1${String(reserved!.id).padStart(18, '0')}`, reservation_id: reserved!.reservationId }
  expect(await my.ask({ type: 'delete', queue: 'q', ids: [theirs] })).toMatchObject({ type: 'ok' })
  const { reservation_id: reservationId } = named[0]!
  valueOf(await stream.core.deleteMessage({ ...on, messageId: ids[0]!, reservationId }))
  expect(await my.take('lost')).toEqual({
    type: 'lost',
    sub: 's',
    ids: [named[0]!.id],
    why: 'deleted',
    credit: 1,
  })
  expect(await credit()).toBe(1)
  expect(await size()).toBe(0)
})

test('act.5: an ok only where the frame had an id', async () => {
  const { my, named } = await holding('1')
  my.send({ type: 'credit', sub: 's', add: 1 })
  my.send({ type: 'delete', queue: 'q', ids: named })
  expect(await my.ask({ type: 'delete', queue: 'q', ids: named })).toMatchObject({ type: 'error' })
  expect(my.frames).toEqual([])
})

test('act.6: buried messages stay until they are kicked', async () => {
  const { my, named, on, size } = await holding('1')
  await my.ask({ type: 'bury', queue: 'q', ids: named })
  expect(await size()).toBe(1)
  const found = valueOf(await stream.core.findMessage({ ...on, messageId: Number(named[0]!.id.slice(1)) }))
  expect(found.status).toBe('buried')
})

test('act.7: a message named with another queue than its own is not found there, and stays held', async () => {
  const { my, named, credit, project, on } = await holding('1')
  valueOf(await stream.core.putQueue({ project, queue: 'other', settings: {} }))
  for (const type of ['delete', 'release', 'touch', 'bury']) {
    expect(await my.ask({ type, queue: 'other', ids: named })).toMatchObject({
      type: 'error',
      ids: [{ id: named[0]!.id, code: 'message_not_found' }],
    })
  }
  expect(await credit()).toBe(9)
  await my.close()
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})
