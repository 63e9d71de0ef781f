import type { Core } from '@weldmq/queue-core'
import { expect, test } from 'vitest'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()

test('post.1: answered with the ids, in order; the queue is made', async () => {
  const { client, project } = await stream.aDoor()
  const my = await client()
  const answer = await my.ask({ type: 'post', queue: 'new', messages: [{ body: 'a' }, { body: 'b', priority: 1 }] })
  expect(answer).toEqual({ type: 'posted', re: 1, ids: [expect.any(String), expect.any(String)] })
  const reserved = valueOf(await stream.core.reserveMessages({ project, queue: 'new', count: 10 }))
  expect(reserved.map(({ body }) => String(body))).toEqual(['b', 'a'])
})

test('post.2: a key makes a post happen once', async () => {
  const { client, size } = await stream.aDoor()
  const my = await client()
  const posting = { type: 'post', queue: 'q', key: 'k-1', messages: [{ body: 'a' }] }
  const first = await my.ask(posting)
  expect((await my.ask(posting))['ids']).toEqual(first['ids'])
  expect(await my.ask({ ...posting, messages: [{ body: 'b' }] })).toMatchObject({ code: 'idempotency_key_reused' })
  expect((await my.ask({ ...posting, key: '' }))['msg']).toMatch(/^key must be /)
  expect(await size()).toBe(1)
})

test('post.3: beyond posts_in_flight unanswered: window_full, temporary', async () => {
  let letGo!: () => void
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const slowly = (core: Core): Core => ({
    ...core,
    async postMessages(command) {
      await held
      return core.postMessages(command)
    },
  })
  const { client, size } = await stream.aDoor({ core: slowly, limits: { postsInFlight: 2 } })
  const my = await client()
  for (const id of [1, 2, 3]) my.send({ type: 'post', id, queue: 'q', messages: [{ body: 'x' }] })
  expect(await my.take('error')).toMatchObject({ re: 3, code: 'window_full', temporary: true })
  letGo()
  expect([(await my.take('posted'))['re'], (await my.take('posted'))['re']]).toEqual([1, 2])
  expect(await size()).toBe(2)
})

test('post.4: a body above the limit stores nothing', async () => {
  const { client, size } = await stream.aDoor()
  const my = await client()
  const messages = [{ body: 'fits' }, { body: 'x'.repeat(262_145) }]
  expect(await my.ask({ type: 'post', queue: 'q', messages })).toMatchObject({ code: 'too_large', temporary: false })
  expect(await size()).toBe(0)
})

test('post.5: posts of one connection are stored in the order in which they were sent', async () => {
  const { client, on } = await stream.aDoor()
  const my = await client()
  for (let i = 0; i < 60; i++) my.send({ type: 'post', id: i, queue: 'q', messages: [{ body: `${i}` }] })
  for (let i = 0; i < 60; i++) await my.take('posted')
  const reserved = valueOf(await stream.core.reserveMessages({ ...on, count: 100 }))
  expect(reserved.map(({ body }) => Number(String(body)))).toEqual(Array.from({ length: 60 }, (_, i) => i))
})

test('post.6: a body in base64 that says so is stored as its bytes', async () => {
  const { client, on, size } = await stream.aDoor()
  const my = await client()
  const posting = (body: string) => ({ type: 'post', queue: 'q', messages: [{ body, body_encoding: 'base64' }] })
  expect(await my.ask(posting('/wD+'))).toMatchObject({ type: 'posted' })
  expect(await my.ask(posting('no base64'))).toMatchObject({
    type: 'error',
    code: 'invalid',
    msg: 'messages[0].body must be base64, as its body_encoding says',
  })
  expect(await size()).toBe(1)
  const [message] = valueOf(await stream.core.reserveMessages({ ...on, count: 1 }))
  expect(message!.body).toEqual(Buffer.from([0xff, 0x00, 0xfe]))
})
