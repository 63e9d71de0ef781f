import { expect, test } from 'vitest'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()
const tailed = { type: 'subscribe', sub: 's', queue: 'q', mode: 'tail', credit: 100 }

test('tail.1: a tail shows what arrives from then on, and reserves nothing', async () => {
  const { client, post, on } = await stream.aDoor()
  await post('before')
  const my = await client()
  expect(await my.ask(tailed)).toMatchObject({ type: 'subscribed', mode: 'tail' })
  await post('1', '2')
  await post('3')
  const shown = await my.messages(3)
  expect(shown).toEqual(['1', '2', '3'].map((body) => ({ id: expect.any(String), body, reserved_count: 0 })))
  expect(my.frames.filter(({ skipped }) => skipped !== undefined)).toEqual([])
  const reserved = valueOf(await stream.core.reserveMessages({ ...on, count: 10 }))
  expect(reserved.map(({ body }) => String(body))).toEqual(['before', '1', '2', '3'])
})

test('tail.2: a tail that is too far behind goes on at the end, and says how many it skipped', async () => {
  const { client, post } = await stream.aDoor()
  const my = await client()
  await my.ask({ ...tailed, credit: 0 })
  for (let i = 0; i < 15; i++) await post(...Array.from({ length: 100 }, (_, k) => `${i} ${k}`))
  await my.ask({ type: 'credit', sub: 's', set: 1000 })
  expect((await my.messages(100))[0]).toMatchObject({ body: '0 0' })
  await post('the newest')
  const frame = await my.take('messages')
  expect(frame).toMatchObject({ messages: [{ body: 'the newest' }], skipped: 1400 })
})

test('tail.3: each message that is shown spends a credit', async () => {
  const { client, post } = await stream.aDoor()
  const my = await client()
  await my.ask({ ...tailed, credit: 2 })
  await post('1', '2', '3')
  await my.messages(2)
  expect(await my.ask({ type: 'credit', sub: 's', add: 0 })).toMatchObject({ credit: 0 })
  await my.ask({ type: 'credit', sub: 's', add: 5 })
  expect(await my.messages(1)).toMatchObject([{ body: '3' }])
  expect(await my.ask({ type: 'credit', sub: 's', add: 0 })).toMatchObject({ credit: 4 })
})

test('tail.4: a message larger than the credit in bytes is announced, also behind one that was shown', async () => {
  const { client, post } = await stream.aDoor()
  const my = await client()
  await my.ask({ ...tailed, credit: 10, credit_bytes: 1000 })
  await post('small', 'x'.repeat(5000))
  expect(await my.messages(1)).toMatchObject([{ body: 'small' }])
  expect(await my.take('error')).toMatchObject({ sub: 's', code: 'credit_bytes_too_small', bytes: 5000 })
  await my.ask({ type: 'credit', sub: 's', set_bytes: 6000 })
  expect(await my.messages(1)).toMatchObject([{ body: 'x'.repeat(5000) }])
})
