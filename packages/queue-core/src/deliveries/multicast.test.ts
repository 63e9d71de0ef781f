import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'

const a = await aCore()
const { core } = a

test('M1 M3 every subscriber gets it, then it leaves the queue', async () => {
  const q = await aPushQueue(a, ['a', 'b', 'c'])
  const id = await q.postOne('work')
  expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
  expect(await q.deliver()).toEqual(['a', 'b', 'c'])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  expect(await q.statuses(id)).toMatchObject([
    { subscriber: 'a', state: 'delivered', statusCode: 200, tries: 1, retriesRemaining: 2 },
    { subscriber: 'b', state: 'delivered' },
    { subscriber: 'c', state: 'delivered' },
  ])
})

test('M2 R2 only who failed is tried again, after the delay', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { retries: 1, retriesDelaySeconds: 100 })
  const id = await q.postOne('work')
  expect(await q.deliver(({ subscriber }) => (subscriber.name === 'a' ? 503 : 200))).toEqual(['a', 'b'])
  expect(await q.statuses(id)).toMatchObject([
    { subscriber: 'a', state: 'retrying', statusCode: 503, tries: 1, retriesRemaining: 0 },
    { subscriber: 'b', state: 'delivered' },
  ])
  await q.passUnnoticed(50)
  expect(await q.deliver()).toEqual([])
  await q.passUnnoticed(51)
  expect(await q.deliver()).toEqual(['a'])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test('R1 R5 tries are retries and one; each has a reservation of its own, and the same ids', async () => {
  const q = await aPushQueue(a, ['a'], { retries: 2, retriesDelaySeconds: 3 })
  const id = await q.postOne('work')
  const seen: { reservationId: string; deliveryId: string; messageId: number }[] = []
  for (let i = 0; i < 5; i++) {
    await q.deliver((delivery) => {
      seen.push(delivery)
      return { statusCode: 500, failure: `failure ${seen.length}` }
    })
    await q.passUnnoticed(4)
  }
  expect(seen).toHaveLength(3)
  expect(new Set(seen.map(({ reservationId }) => reservationId)).size).toBe(3)
  expect(new Set(seen.map(({ deliveryId }) => deliveryId)).size).toBe(1)
  expect(seen.map(({ messageId }) => messageId)).toEqual([id, id, id])
  expect(await q.statuses(id)).toMatchObject([
    { state: 'failed', statusCode: 500, tries: 3, retriesRemaining: 0, failure: 'failure 3' },
  ])
  // E8: without an error queue it is dropped.
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test('an attempt under way shows as reserved (contract v2, section 5)', async () => {
  const q = await aPushQueue(a, ['a'])
  const id = await q.postOne('work')
  expect(await q.statuses(id)).toMatchObject([{ state: 'queued', tries: 0 }])
  await q.claim()
  expect(await q.statuses(id)).toMatchObject([{ state: 'reserved', statusCode: 0, tries: 0 }])
  await q.passUnnoticed(26)
  expect(await q.statuses(id)).toMatchObject([{ state: 'queued' }])
})

test('M4 who comes later does not get older messages, who was removed is not tried any more', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { retriesDelaySeconds: 60 })
  const first = await q.postOne('first')
  const subscribers = [{ name: 'c', url: 'http://example.com/c' }]
  valueOf(await core.addSubscribers({ ...q.on, subscribers, onlyPush: true }))
  const second = await q.postOne('second')
  const asked: string[] = []
  await q.deliver(({ subscriber, messageId }) => {
    asked.push(`${subscriber.name} ${messageId === first ? 'first' : 'second'}`)
    return subscriber.name === 'b' ? 500 : 200
  })
  expect(asked.sort()).toEqual(['a first', 'a second', 'b first', 'b second', 'c second'])

  valueOf(await core.removeSubscribers({ ...q.on, names: ['b'], onlyPush: true }))
  await q.passUnnoticed(61)
  expect(await q.deliver()).toEqual([])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
  expect((await q.statuses(second)).map(({ subscriber, state }) => [subscriber, state])).toEqual([
    ['a', 'delivered'],
    ['b', 'failed'],
    ['c', 'delivered'],
  ])
})

test('who is replaced under the same name keeps what it is owed, at its new address', async () => {
  const q = await aPushQueue(a, ['a'])
  await q.postOne('work')
  const subscribers = [{ name: 'a', url: 'http://other.example/' }]
  valueOf(await core.addSubscribers({ ...q.on, subscribers }))
  expect((await q.claim()).map(({ subscriber }) => subscriber.url)).toEqual(['http://other.example/'])
})

test('a message that nobody is there for leaves at once', async () => {
  const q = await aPushQueue(a, ['a'])
  valueOf(await core.changePush({ ...q.on, settings: { subscribers: [] }, onlyPush: true }))
  await q.postOne('work')
  expect(await q.deliver()).toEqual([])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  valueOf(await core.addSubscribers({ ...q.on, subscribers: [{ name: 'b', url: 'http://example.com/b' }] }))
  expect(await q.deliver()).toEqual([])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test('bodies are what was posted, byte for byte, and push headers come along', async () => {
  const q = await aPushQueue(a, ['a'])
  const body = Buffer.from([0, 255, 10, 13, 128])
  valueOf(await core.postMessages({ ...q.on, messages: [{ body, pushHeaders: { 'X-One': '1' } }] }))
  expect(await q.claim()).toMatchObject([{ body, pushHeaders: { 'X-One': '1' }, door: 'v3', answerSeconds: 10 }])
})
