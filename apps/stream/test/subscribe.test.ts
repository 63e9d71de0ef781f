import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()

test('sub.1: credit is 0 until granted; add and set', async () => {
  const { client, post } = await stream.aDoor()
  await post('1', '2', '3', '4')
  const my = await client()
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q' })).toMatchObject({
    credit: 0,
    credit_bytes: 16_777_216,
  })
  expect(await my.ask({ type: 'credit', sub: 's', add: 1 })).toMatchObject({ type: 'ok', sub: 's' })
  expect(await my.messages(1)).toMatchObject([{ body: '1' }])
  await my.ask({ type: 'credit', sub: 's', set: 2 })
  expect((await my.messages(2)).map(({ body }) => body)).toEqual(['2', '3'])
  expect(await my.ask({ type: 'credit', sub: 's', add: 0 })).toMatchObject({ credit: 0 })
  expect(my.frames).toEqual([])
})

test('sub.2: what remains and what is held are never more than the limit together', async () => {
  const { client, post } = await stream.aDoor()
  await post('1')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1000 })
  await my.messages(1)
  expect(await my.ask({ type: 'credit', sub: 's', add: 1000 })).toMatchObject({ credit: 999 })
  expect(await my.ask({ type: 'credit', sub: 's', set: 1000 })).toMatchObject({ credit: 999 })
})

test('sub.3: frames carry at most a batch', async () => {
  const { client, post } = await stream.aDoor()
  await post(...Array.from({ length: 10 }, (_, i) => `${i}`))
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10, batch: 3 })
  const sizes: number[] = []
  const bodies: string[] = []
  while (bodies.length < 10) {
    const frame = await my.take('messages')
    sizes.push(frame['messages'].length)
    bodies.push(...frame['messages'].map(({ body }: { body: string }) => body))
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3)
  expect(bodies).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
})

test('sub.4: never more bytes than granted; what does not fit is somebody else’s', async () => {
  const { client, post, on } = await stream.aDoor()
  await post('x'.repeat(40), 'y'.repeat(40), 'z'.repeat(40))
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10, credit_bytes: 100 })
  const held = await my.messages(2)
  await my.ask({ type: 'ping' })
  const [third] = valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))
  expect(third).toMatchObject({ body: Buffer.from('z'.repeat(40)), reservedCount: 1 })
  valueOf(await stream.core.releaseMessage({ ...on, messageId: third!.id, reservationId: third!.reservationId }))
  await my.ask({
    type: 'delete',
    queue: 'q',
    ids: [{ id: held[0]!['id'], reservation_id: held[0]!['reservation_id'] }],
  })
  expect(await my.messages(1)).toMatchObject([{ body: 'z'.repeat(40) }])
})

test('sub.5: a message larger than all the credit in bytes is announced, and comes once there is enough', async () => {
  const { client, post } = await stream.aDoor()
  await post('x'.repeat(200))
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10, credit_bytes: 100 })
  expect(await my.take('error')).toMatchObject({ sub: 's', code: 'credit_bytes_too_small', bytes: 200 })
  await my.ask({ type: 'credit', sub: 's', add_bytes: 100 })
  const [held] = await my.messages(1)
  expect(held).toMatchObject({ body: 'x'.repeat(200), reserved_count: 1 })
  // Behind one that is held, it is known only once that is finished.
  await post('y'.repeat(300))
  await my.ask({ type: 'ping' })
  await my.ask({ type: 'delete', queue: 'q', ids: [{ id: held!['id'], reservation_id: held!['reservation_id'] }] })
  expect(await my.take('error')).toMatchObject({ code: 'credit_bytes_too_small', bytes: 300 })
})

test('sub.6: delete: true deletes what it hands out, and each message spends its credit', async () => {
  const { client, post, size } = await stream.aDoor()
  await post('1', '2', '3')
  const my = await client()
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 2, delete: true })).toMatchObject({
    delete: true,
  })
  expect(await my.messages(2)).toEqual([
    { id: expect.any(String), body: '1', reserved_count: 1 },
    { id: expect.any(String), body: '2', reserved_count: 1 },
  ])
  expect(await size()).toBe(1)
  await my.ask({ type: 'credit', sub: 's', add: 2 })
  expect(await my.messages(1)).toMatchObject([{ body: '3' }])
  expect(await my.ask({ type: 'credit', sub: 's', add: 0 })).toMatchObject({ credit: 1 })
})

test('sub.7: several subscriptions on one socket, each with its own credit; names are taken once', async () => {
  const { client, post, project } = await stream.aDoor({ limits: { subscriptions: 2 } })
  await stream.core.postMessages({ project, queue: 'other', messages: [{ body: Buffer.from('there') }] })
  await post('here')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 'a', queue: 'q', credit: 1 })
  await my.ask({ type: 'subscribe', sub: 'b', queue: 'other', credit: 1 })
  expect(await my.messages(1, 'a')).toMatchObject([{ body: 'here' }])
  expect(await my.messages(1, 'b')).toMatchObject([{ body: 'there' }])
  expect(await my.ask({ type: 'subscribe', sub: 'a', queue: 'other' })).toMatchObject({ code: 'sub_in_use', sub: 'a' })
  expect(await my.ask({ type: 'subscribe', sub: 'c', queue: 'q' })).toMatchObject({ code: 'too_many_subscriptions' })
})

test('sub.8: unsubscribe gives back what is held; with drain it waits for it', async () => {
  const { client, post } = await stream.aDoor()
  await post('1', '2', '3')
  const [my, other] = [await client(), await client()]
  await my.ask({ type: 'subscribe', sub: 'a', queue: 'q', credit: 1 })
  await my.messages(1, 'a')
  expect(await my.ask({ type: 'unsubscribe', sub: 'a' })).toMatchObject({ type: 'unsubscribed', sub: 'a' })
  await my.ask({ type: 'subscribe', sub: 'b', queue: 'q', credit: 2 })
  // What was given back comes again, to this one or the next.
  const held = await my.messages(2, 'b')
  my.send({ type: 'unsubscribe', id: 'end', sub: 'b', drain: true })
  await other.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 3 })
  const bodies = [...held, ...(await other.messages(1))].map(({ body }) => String(body))
  expect(bodies.toSorted()).toEqual(['1', '2', '3'])
  for (const { id, reservation_id } of held) {
    expect(my.frames.map(({ type }) => type)).not.toContain('unsubscribed')
    await my.ask({ type: 'delete', queue: 'q', ids: [{ id, reservation_id }] })
  }
  expect(await my.take('unsubscribed')).toEqual({ type: 'unsubscribed', re: 'end', sub: 'b' })
})

test('sub.9: idle in each heartbeat in which nothing came, and state once a second where it was asked for', async () => {
  const { client, post } = await stream.aDoor({ limits: { heartbeatSeconds: 1 } })
  await post('1')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 5, state: true })
  await my.messages(1)
  expect(await my.take('idle')).toEqual({ type: 'idle', sub: 's' })
  // The first one may have come before the message.
  const holding = await my.take('state', ({ reserved }) => reserved === 1)
  expect(holding).toEqual({ type: 'state', sub: 's', size: 1, reserved: 1, credit: 4 })
})

test('sub.10: bodies that are no text come as base64 and say so, text with any character as it was posted', async () => {
  const { client, on } = await stream.aDoor()
  const bodies = [Buffer.from([0xff, 0x00, 0x80]), Buffer.from('"\\\u0000\n\u2028🐇'), Buffer.from([0xed, 0xa0, 0x80])]
  valueOf(await stream.core.postMessages({ ...on, messages: bodies.map((body) => ({ body })) }))
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 5 })
  expect(await my.messages(3)).toMatchObject([
    { body: '/wCA', body_encoding: 'base64' },
    { body: '"\\\u0000\n\u2028🐇' },
    { body: '\ud800' },
  ])
})

test('sub.11: subscribed says the values in force, the queue’s own timeout where none was asked for', async () => {
  const { client, on } = await stream.aDoor()
  valueOf(await stream.core.putQueue({ ...on, settings: { messageTimeoutSeconds: 77 } }))
  const my = await client()
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q' })).toEqual({
    type: 'subscribed',
    re: expect.any(Number),
    sub: 's',
    queue: 'q',
    credit: 0,
    credit_bytes: 16_777_216,
    timeout: 77,
    batch: 100,
    delete: false,
    mode: 'consume',
    state: false,
  })
  expect(await my.ask({ type: 'subscribe', sub: 't', queue: 'q', timeout: 5 })).toMatchObject({ timeout: 5 })
  expect(await my.ask({ type: 'subscribe', sub: 'u', queue: 'q', mode: 'tail' })).not.toHaveProperty('timeout')
})

test('sub.12: what was too large for the credit in bytes is forgotten when others have taken it', async () => {
  const { client, post, on } = await stream.aDoor({ limits: { heartbeatSeconds: 1 } })
  await post('x'.repeat(500), 'y'.repeat(800))
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 10, credit_bytes: 1000 })
  await my.messages(1) // held for as long as this lasts
  await until(async () => valueOf(await stream.core.reserveMessages({ ...on, count: 1 })).length === 1)
  await post('z')
  expect(await my.messages(1)).toMatchObject([{ body: 'z' }])
})

test('sub.8: each unsubscribe is answered', async () => {
  const { client, post } = await stream.aDoor()
  await post('1')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  await my.messages(1)
  my.send({ type: 'unsubscribe', sub: 's', drain: true, id: 'first' })
  for (let i = 0; i < 6; i++) my.send({ type: 'unsubscribe', sub: 's', drain: true, id: `again ${i}` })
  my.send({ type: 'unsubscribe', sub: 's', drain: true, id: 'second' })
  my.send({ type: 'unsubscribe', sub: 's', drain: true, id: 'too many' })
  expect(await my.take('error')).toMatchObject({ re: 'too many', code: 'window_full' })
  my.send({ type: 'unsubscribe', sub: 's' })
  for (const re of ['first', ...Array.from({ length: 6 }, (_, i) => `again ${i}`), 'second'])
    expect(await my.take('unsubscribed')).toEqual({ type: 'unsubscribed', re, sub: 's' })
})

test('sub.11: and they stay in force when the queue gets another timeout', async () => {
  const { client, post, on } = await stream.aDoor()
  const my = await client()
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 5 })).toMatchObject({ timeout: 60 })
  valueOf(await stream.core.updateQueue({ ...on, settings: { messageTimeoutSeconds: 86_400 } }))
  await post('1')
  const [held] = await my.messages(1)
  const lasts = () => (Date.parse(held!['reserved_until']) - Date.now()) / 1000
  expect(lasts()).toBeLessThan(61)
  const ids = [{ id: held!['id'], reservation_id: held!['reservation_id'] }]
  const touched = await my.ask({ type: 'touch', queue: 'q', ids })
  held!['reserved_until'] = touched['ids'][0].reserved_until
  expect(lasts()).toBeLessThan(61)
})

test('sub.13: frames right behind a subscribe are about the subscription that it asks for', async () => {
  const { client, post } = await stream.aDoor()
  await post('1')
  const my = await client()
  my.send({ type: 'subscribe', sub: 's', queue: 'q', id: 1 })
  my.send({ type: 'credit', sub: 's', add: 3, id: 2 })
  my.send({ type: 'unsubscribe', sub: 's', id: 3 })
  my.send({ type: 'subscribe', sub: 'none', queue: 'none', id: 4 })
  my.send({ type: 'unsubscribe', sub: 'none', id: 5 })
  for (const re of [1, 2, 3]) await my.take(['subscribed', 'ok', 'unsubscribed'][re - 1], (frame) => frame['re'] === re)
  expect(await my.take('error', ({ re }) => re === 4)).toMatchObject({ code: 'queue_not_found' })
  expect(await my.take('error', ({ re }) => re === 5)).toMatchObject({ code: 'sub_not_found' })
  await my.ask({ type: 'ping' })
  expect(my.frames).toEqual([])
})
