import { expect, test } from 'vitest'
import { aCore, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import type { PushSettings } from './push.ts'

const a = await aCore()
const { core } = a
const url = 'http://example.com/'

async function aPushQueue(settings: PushSettings = {}) {
  const q = await aQueue(a)
  const change = (more: PushSettings) => core.changePush({ ...q.on, settings: more })
  const first = valueOf(await change(settings))
  return { ...q, first, change }
}

test('U1 U2 creates a queue, a pull one when nothing is asked for', async () => {
  const { first } = await aPushQueue()
  expect(first).toMatchObject({ type: 'pull', size: 0, totalMessages: 0 })
  expect(first.push).toBeUndefined()
})

test('U4 U5 subscribers make a multicast queue, defaults fill in, and what is left out stays', async () => {
  const q = await aPushQueue({ subscribers: [{ url }], retries: 7 })
  const name = expect.stringMatching(/^v2-[0-9a-f]{12}$/) as string
  const push = { type: 'multicast', retries: 7, retriesDelaySeconds: 60, subscribers: [{ name, url }] }
  expect(q.first).toMatchObject({ type: 'multicast', push })
  const changed = valueOf(await q.change({ errorQueue: 'errors', type: 'unicast' }))
  expect(changed.push).toEqual({ ...push, type: 'unicast', errorQueue: 'errors' })
  expect(valueOf(await q.change({ errorQueue: '' })).push).toEqual({ ...push, type: 'unicast' })
  expect(valueOf(await q.change({ type: 'pull' })).push).toBeUndefined()
})

test('settings of retries alone leave a pull queue what it is', async () => {
  expect((await aPushQueue({ retries: 5, subscribers: [] })).first).toMatchObject({ type: 'pull' })
})

test('M17 nothing else about the queue changes', async () => {
  const q = await aQueue(a, { settings: { messageTimeoutSeconds: 45, messageExpirationSeconds: 3000 } })
  const { messageTimeoutSeconds, messageExpirationSeconds } = valueOf(
    await core.changePush({ ...q.on, settings: { type: 'multicast' } }),
  )
  expect([messageTimeoutSeconds, messageExpirationSeconds]).toEqual([45, 3000])
})

test('those who add subscribers at the same time lose none', async () => {
  const q = await aPushQueue()
  const urls = Array.from({ length: 10 }, (_, i) => `http://example.com/${i}`)
  await Promise.all(urls.map((one) => core.addSubscribers({ ...q.on, subscribers: [{ url: one }] })))
  const { push } = valueOf(await core.findQueue(q.on))
  expect(push!.subscribers.map((one) => one.url).toSorted()).toEqual(urls)
})

test('a subscriber with a name that is there takes its place', async () => {
  const q = await aPushQueue({ subscribers: [{ name: 'one', url }, { url }] })
  const added = await core.addSubscribers({ ...q.on, subscribers: [{ name: 'one', url: 'http://other/' }] })
  expect(valueOf(added).push!.subscribers.map((one) => one.url)).toEqual([url, 'http://other/'])
})

test('M20 removing by url takes whoever has it, and asks for a queue that is there', async () => {
  const q = await aPushQueue({ subscribers: [{ name: 'one', url }, { url }, { url: `${url}x` }] })
  const remove = (queue = q.on.queue) => core.removeSubscribers({ ...q.on, queue, urls: [url, 'http://unknown/'] })
  expect(valueOf(await remove()).push!.subscribers).toMatchObject([{ url: `${url}x` }])
  expect(await remove('none')).toEqual(refused('queue_not_found'))
})

test('M18 Z3 a queue with dead letters stays pull, a push queue gets none and takes none', async () => {
  const q = await aQueue(a, { settings: { deadLetter: { queueName: 'dead' } } })
  const toPush = (queue: string) => core.changePush({ ...q.on, queue, settings: { type: 'unicast' } })
  expect(await toPush(q.on.queue)).toEqual(refused('invalid', { field: 'type' }))
  valueOf(await toPush('push'))
  const put = (queue: string, queueName: string) =>
    core.putQueue({ ...q.on, queue, settings: { deadLetter: { queueName } } })
  expect(await put('push', 'dead')).toEqual(refused('invalid', { field: 'dead_letter' }))
  expect(await put(q.on.queue, 'push')).toEqual(refused('invalid', { field: 'dead_letter.queue_name' }))
  expect(valueOf(await core.findQueue(q.on)).deadLetter).toMatchObject({ queueName: 'dead' })
})

test('a queue that a session made for itself stays once it is configured', async () => {
  const q = await aQueue(a, { settings: {} })
  const session = core.openSession({ project: q.on.project })
  await session.use('own')
  valueOf(await core.changePush({ ...q.on, queue: 'own', settings: { type: 'multicast' } }))
  await session.close()
  expect(valueOf(await core.findQueue({ ...q.on, queue: 'own' })).type).toBe('multicast')
})

test('U12 what is refused makes no queue', async () => {
  const q = await aQueue(a)
  const settings: PushSettings[] = [
    { retries: 101 },
    { retriesDelaySeconds: 2 },
    { errorQueue: q.on.queue },
    { subscribers: [{ url: '' }] },
    { subscribers: [{ url: `${url}${'x'.repeat(65_536)}` }] },
  ]
  for (const one of settings) expect(await core.changePush({ ...q.on, settings: one })).toEqual(refused('invalid'))
  expect(await core.listQueues({ project: q.on.project })).toEqual([])
  expect(await core.changePush({ ...q.on, queue: 'a/b', settings: {} })).toEqual(refused('invalid', { field: 'queue' }))
  expect(await core.changePush({ project: 'none', queue: 'q', settings: {} })).toEqual(refused('queue_not_found'))
})

test('L1 M24 pages of queues with their ids', async () => {
  const q = await aQueue(a)
  for (const queue of ['b', 'a', 'c']) valueOf(await core.changePush({ ...q.on, queue, settings: {} }))
  const page = async (number: number) => core.listQueuePage({ project: q.on.project, page: number, count: 2 })
  expect((await page(0)).map(({ name }) => name)).toEqual(['a', 'b'])
  expect((await page(1)).map(({ name }) => name)).toEqual(['c'])
  expect(await page(2)).toEqual([])
  const { id } = valueOf(await core.findQueue({ ...q.on, queue: 'a' }))
  expect((await page(0))[0]).toEqual({ id, name: 'a' })
})
