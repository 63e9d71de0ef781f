import { expect, test } from 'vitest'
import { aCore, refused, valueOf } from '../../test/a-core.ts'
import { type AQueue, aQueue, someoneWaitsForALock } from '../../test/a-queue.ts'
import { aTransaction } from '../../test/a-transaction.ts'
import type { NewMessage } from './message.ts'

const a = await aCore()
const { core } = a
const other = await a.another()

const message = (body: string, more: Omit<NewMessage, 'body'> = {}) => ({ body: Buffer.from(body), ...more })
const postOnce = (q: AQueue, idempotencyKey: string, ...messages: NewMessage[]) =>
  q.core.postMessages({ ...q.on, messages, idempotencyKey })

test('I6 a repeated post is stored once and answered alike, by any gateway', async () => {
  const q = await aQueue(a)
  const first = await postOnce(q, 'key', message('1'), message('2'))
  expect(valueOf(first)).toHaveLength(2)
  expect(await postOnce(q, 'key', message('1'), message('2'))).toEqual(first)
  expect(await postOnce(q.through(other), 'key', message('1'), message('2'))).toEqual(first)
  expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
  expect(await q.bodies()).toEqual(['1', '2'])
})

test('I6 also after its messages were deleted', async () => {
  const q = await aQueue(a)
  const first = await postOnce(q, 'key', message('1'))
  await q.clear()
  expect(await postOnce(q, 'key', message('1'))).toEqual(first)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test.each<[string, NewMessage[]]>([
  ['another body', [message('2')]],
  ['one message more', [message('1'), message('1')]],
  ['a delay', [message('1', { delaySeconds: 1 })]],
  ['a priority', [message('1', { priority: 1 })]],
  ['push headers', [message('1', { pushHeaders: { a: 'b' } })]],
])('I6 the same key with %s is refused, and nothing is stored', async (_, messages) => {
  const q = await aQueue(a)
  await postOnce(q, 'key', message('1'))
  expect(await postOnce(q, 'key', ...messages)).toEqual(refused('idempotency_key_reused'))
  expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
})

test('I6 the same key for another queue is refused', async () => {
  const q = await aQueue(a)
  await postOnce(q, 'key', message('1'))
  expect(await postOnce(q.beside('another'), 'key', message('1'))).toEqual(refused('idempotency_key_reused'))
})

test('where one body ends and the next begins makes a difference', async () => {
  const q = await aQueue(a)
  await postOnce(q, 'key', message('ab'), message('c'))
  expect(await postOnce(q, 'key', message('a'), message('bc'))).toEqual(refused('idempotency_key_reused'))
})

test('another project has keys of its own', async () => {
  const [q, p] = [await aQueue(a), await aQueue(a)]
  expect(valueOf(await postOnce(q, 'key', message('1')))).not.toEqual(valueOf(await postOnce(p, 'key', message('2'))))
})

test('I6 at once through two gateways, one is stored and every answer says so or says "in use"', async () => {
  for (let round = 0; round < 5; round++) {
    const q = await aQueue(a)
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) => postOnce(q.through(i % 2 ? core : other), 'key', message('1'))),
    )
    const ids = new Set(results.filter((result) => result.ok).map((result) => JSON.stringify(result)))
    expect(ids.size).toBe(1)
    for (const result of results) if (!result.ok) expect(result).toEqual(refused('idempotency_key_in_use'))
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  }
})

test('I6 while the first post is under way, its key is in use', async () => {
  const q = await aQueue(a, { settings: {} })
  const holder = await aTransaction(a)
  await holder.sql`lock table weldmq.messages in share mode` // keeps the first post from ending
  const first = postOnce(q, 'key', message('1'))
  await someoneWaitsForALock(a)
  expect(await postOnce(q.through(other), 'key', message('1'))).toEqual(refused('idempotency_key_in_use'))
  await holder.rollback()
  expect(valueOf(await first)).toHaveLength(1)
  expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
})

test('I6 I7 a post that failed leaves its key unused', async () => {
  const q = await aQueue(a, { settings: {} })
  await a.sql`alter table weldmq.messages add constraint no check (body <> 'no') not valid`
  await expect(postOnce(q, 'key', message('no'))).rejects.toThrow('violates check constraint')
  await a.sql`alter table weldmq.messages drop constraint no`
  expect(valueOf(await postOnce(q, 'key', message('no')))).toHaveLength(1)
  expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
})

test.each(['', ' ', 'a b', 'ä', 'x'.repeat(256), 'a\n'])('a key cannot be %j', async (key) => {
  expect(await postOnce(await aQueue(a), key, message('1'))).toEqual(refused('invalid', { field: 'Idempotency-Key' }))
})

test('a key may be of 255 printable characters', async () => {
  const q = await aQueue(a)
  const key = '!~"#$%\'()*+,-./:;<=>?@[\\]^_`{|}'.padEnd(255, 'x')
  const first = await postOnce(q, key, message('1'))
  expect(valueOf(first)).toHaveLength(1)
  expect(await postOnce(q, key, message('1'))).toEqual(first)
})
