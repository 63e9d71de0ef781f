import { expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'

const a = await aCore()
const { core } = a

test('there is never more claimed than there is room, where both types of deliveries wait', async () => {
  const q = await aPushQueue(a, ['a'], { type: 'unicast' })
  const waits = async (type: 'unicast' | 'multicast') => {
    valueOf(await core.changePush({ ...q.on, settings: { type } }))
    await q.post('one', 'two')
    const claims = await q.claim()
    await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
  }
  await waits('unicast')
  await waits('multicast')
  await q.passUnnoticed(61)
  expect(await q.claim({ room: 2 })).toHaveLength(2)
})

test('what is known about the failures of a subscriber leaves with it', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { retries: 5, retriesDelaySeconds: 3, pauseAfter: 1 })
  await q.postOne('work')
  await q.deliver(() => 500)
  valueOf(await core.removeSubscribers({ ...q.on, names: ['a'], onlyPush: true }))
  const queueId = await q.queueId()
  const known = async () => (await a.sql`select 1 from weldmq.subscriber_health where queue_id = ${queueId}`).length
  expect(await known()).toBe(1)
  valueOf(await core.changePush({ ...q.on, settings: { pauseAfter: 0 } }))
  expect(await known()).toBe(0)
})

test('a wish not to be tried again before is honoured, up to a day', async () => {
  const q = await aPushQueue(a, ['a'], { retriesDelaySeconds: 3 })
  await q.postOne('work')
  await q.deliver(() => ({ statusCode: 503, retryAfterSeconds: 100 }))
  await q.passUnnoticed(50)
  expect(await q.deliver()).toEqual([])
  await q.passUnnoticed(51)
  expect(await q.deliver(() => ({ statusCode: 503, retryAfterSeconds: 10 ** 9 }))).toEqual(['a'])
  await q.passUnnoticed(86_401)
  expect(await q.deliver()).toEqual(['a'])
})

test('who keeps failing is left alone, probed by one delivery, and delivered to once it answers', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { retries: 100, retriesDelaySeconds: 3, pauseAfter: 2 })
  const answer = ({ subscriber }: { subscriber: { name: string } }) => (subscriber.name === 'a' ? 500 : 200)
  await q.post('one', 'two', 'three')
  await q.deliver(answer)
  const shown = async () => valueOf(await core.findQueue(q.on)).push!.subscribers
  expect(await shown()).toMatchObject([
    { name: 'a', failing: { failures: 3, pausedUntil: expect.any(Date) } },
    { name: 'b' },
  ])
  await q.passUnnoticed(30)
  await q.post('four')
  expect(await q.deliver(answer)).toEqual(['b'])
  await q.passUnnoticed(31)
  // The pause is over: one finds out.
  expect(await q.claim({ room: 100 })).toHaveLength(1)
  await q.passUnnoticed(26)
  expect(await q.deliver(answer)).toEqual(['a'])
  // Twice as long now.
  await q.passUnnoticed(100)
  expect(await q.deliver(answer)).toEqual([])
  await q.passUnnoticed(21)
  expect(await q.deliver()).toEqual(['a', 'a', 'a', 'a'])
  expect((await shown())[0]).not.toHaveProperty('failing')
})

test('a unicast message is tried again by the others while one subscriber is paused', async () => {
  const settings = { type: 'unicast', retries: 5, retriesDelaySeconds: 30, pauseAfter: 2 } as const
  const q = await aPushQueue(a, ['a', 'b'], settings)
  await q.post('one', 'two')
  const due = (await core.pushing.due()).find(({ project }) => project === q.on.project)!
  const claims = await core.pushing.claim(due, new Map([[due.receivers[1]!.id, 2]]))
  await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
  expect(await q.deliver()).toEqual(['a', 'a'])

  const id = await q.postOne('three')
  expect(await q.deliver(() => 500)).toEqual(['a'])
  expect(await q.statuses(id)).toMatchObject([{ state: 'retrying', tries: 1 }])
  await q.passUnnoticed(31)
  expect(await q.deliver()).toEqual(['a'])
})

test('a paused subscriber can be resumed by hand', async () => {
  const q = await aPushQueue(a, ['a'], { retries: 5, retriesDelaySeconds: 3, pauseAfter: 1 })
  await q.postOne('work')
  await q.deliver(() => 500)
  await q.passUnnoticed(4)
  expect(await q.deliver()).toEqual([])
  expect(await core.resumeSubscriber({ ...q.on, name: 'b' })).toEqual(refused('subscriber_not_found'))
  expect(await core.resumeSubscriber({ ...q.on, name: 'a' })).toEqual(done)
  expect(await q.deliver()).toEqual(['a'])
})

test('a rate is kept by all who deliver together', async () => {
  const q = await aPushQueue(a, ['a'], { rate: 5 })
  const other = await a.another()
  await q.post(...Array.from({ length: 30 }, String))
  const began = performance.now()
  const claimed = [...(await q.claim()), ...(await q.claim({ core: other })), ...(await q.claim())]
  const seconds = (performance.now() - began) / 1000
  expect(claimed.length).toBeGreaterThanOrEqual(5)
  expect(claimed.length).toBeLessThanOrEqual(5 + Math.ceil(5 * seconds))
  await q.passUnnoticed(1)
  expect((await q.claim()).length).toBeGreaterThanOrEqual(5)
})

test('a rate below what is due leaves no subscriber behind', async () => {
  const q = await aPushQueue(a, ['a', 'b', 'c'], { rate: 2 })
  await q.post(...Array.from({ length: 60 }, String))
  const asked = new Set<string>()
  for (let i = 0; i < 20; i++) {
    for (const { subscriber } of await q.claim()) asked.add(subscriber.name)
    await q.passUnnoticed(1)
  }
  expect([...asked].sort()).toEqual(['a', 'b', 'c'])
})

test('a secret is shown once, signs with the one before for a day, and is kept by who is named again', async () => {
  const q = await aPushQueue(a, ['a'])
  const add = async (secret?: string) => {
    const subscribers = [{ name: 'a', url: 'http://example.com/', ...(secret !== undefined && { secret }) }]
    return valueOf(await core.addSubscribers({ ...q.on, subscribers })).secrets['a']
  }
  const first = await add('generate')
  expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(await add()).toBeUndefined()
  const second = await add('generate')
  await q.postOne('work')
  const [claim] = await q.claim()
  expect(claim!.subscriber.secrets).toEqual([second, first])
  expect(JSON.stringify(valueOf(await core.findQueue(q.on)))).not.toContain('whsec_')
  expect(valueOf(await core.findQueue(q.on)).push!.subscribers).toMatchObject([{ name: 'a', signed: true }])
  expect(await add('')).toBeUndefined()
  expect(valueOf(await core.findQueue(q.on)).push!.subscribers[0]).not.toHaveProperty('signed')
  const bad = [{ name: 'a', url: 'http://example.com/', secret: 'whsec_short' }]
  expect(await core.addSubscribers({ ...q.on, subscribers: bad })).toEqual(
    refused('invalid', { field: 'subscribers[0].secret' }),
  )
})
