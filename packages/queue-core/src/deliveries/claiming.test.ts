import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import type { ClaimedDelivery } from '../index.ts'

const a = await aCore()
const { core } = a

test('a claim that is not recorded in time is claimed again, and counts as no try (I17)', async () => {
  const q = await aPushQueue(a, ['a'], { retries: 0 })
  const id = await q.postOne('work')
  const [lost] = await q.claim()
  expect(await q.claim()).toEqual([])
  await q.passUnnoticed(26)
  expect(await q.deliver()).toEqual(['a'])
  // What the one who was thought dead says now changes nothing.
  await core.pushing.record([{ delivery: lost!, attempt: { statusCode: 500 } }])
  expect(await q.statuses(id)).toMatchObject([{ state: 'delivered', tries: 1 }])
})

test('two who claim at the same time never get the same', async () => {
  const q = await aPushQueue(a, ['a', 'b'])
  const other = await a.another()
  await q.post(...Array.from({ length: 200 }, String))
  const claims = (await Promise.all([core, other, core, other].map((one) => q.claim({ core: one, room: 30 })))).flat()
  const keys = claims.map(({ messageId, subscriber }) => `${messageId} ${subscriber.name}`)
  expect(new Set(keys).size).toBe(keys.length)
  await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
  await Promise.all([q.deliver(() => 200, other), q.deliver()])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 200 })
})

test('those who record the last deliveries of the same messages at the same time end them', async () => {
  const q = await aPushQueue(a, ['a', 'b'])
  const other = await a.another()
  for (let round = 0; round < 10; round++) {
    await q.post('one', 'two', 'three')
    const claims = await q.claim()
    const mine = claims.filter(({ subscriber }) => subscriber.name === 'a')
    const theirs = claims.filter(({ subscriber }) => subscriber.name === 'b').reverse()
    const record = (using: typeof core, some: typeof claims) =>
      using.pushing.record(some.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
    await Promise.all([record(core, mine), record(other, theirs)])
    expect((await q.size()).size).toBe(0)
  }
})

test('no more bytes of bodies are claimed than there is room for, and the last one', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { retriesDelaySeconds: 3 })
  const body = 'x'.repeat(1000)
  await q.post(...Array.from({ length: 10 }, () => body))
  const namesOf = (claims: ClaimedDelivery[]) => claims.map(({ subscriber }) => subscriber.name).sort()
  const record = (claims: ClaimedDelivery[], statusCode: number) =>
    core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode } })))
  // Fresh ones: the deliveries of a message share its body.
  const fresh = await q.claim({ bytes: 2500 })
  expect(namesOf(fresh)).toEqual(['a', 'a', 'a', 'b', 'b', 'b'])
  await record(fresh, 500)
  await q.passUnnoticed(4)
  // Those that wait each have their own; no subscriber is left out.
  expect(namesOf(await q.claim({ bytes: 3001 }))).toEqual(['a', 'a', 'b', 'b'])
  expect(await q.claim({ bytes: 1 })).toHaveLength(1)
  expect(await q.claim({ bytes: 0 })).toEqual([])
  expect(await q.claim({ bytes: 1001 })).toHaveLength(3)
  await q.passUnnoticed(26)
  expect(await q.deliver()).toHaveLength(20)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 10 })
})

test('Q5 a delay is waited for; Q4 nobody can reserve or peek', async () => {
  const q = await aPushQueue(a, ['a'])
  await q.postOne('work', { delaySeconds: 30 })
  expect(await q.deliver()).toEqual([])
  expect(await q.bodies()).toEqual([])
  expect(await q.peek()).toEqual([])
  await q.pass(31)
  expect(await q.bodies()).toEqual([])
  expect(await q.deliver()).toEqual(['a'])
})

test('Q6 what expires is not tried any more, and no error message is written', async () => {
  const q = await aPushQueue(a, ['a'], { retries: 3, retriesDelaySeconds: 60, errorQueue: 'errors' })
  const id = await q.postOne('work', { expirationSeconds: 30 })
  await q.deliver(() => 500)
  await q.pass(61)
  expect(await q.deliver()).toEqual([])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  expect(await q.statuses(id)).toMatchObject([{ state: 'failed' }])
  expect(await core.listQueues({ project: q.on.project })).toEqual([q.on.queue])
})

test.each(['cleared', 'expired', 'deleted with its queue'])(
  'Q6 Q7 what is %s while the last attempt is under way is not reported',
  async (how) => {
    const q = await aPushQueue(a, ['a'], { retries: 0, errorQueue: 'errors' })
    await q.postOne('work', { expirationSeconds: 30 })
    const claims = await q.claim()
    if (how === 'cleared') valueOf(await q.clear())
    else if (how === 'expired') await q.passUnnoticed(31)
    else valueOf(await core.deleteQueue(q.on))
    await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
    expect(await core.listQueues({ project: q.on.project })).not.toContain('errors')
  },
)

test('Q7 Q9 clear, delete and the end of the queue stop what is pending', async () => {
  const q = await aPushQueue(a, ['a'], { retriesDelaySeconds: 3 })
  await q.postOne('one')
  await q.deliver(() => 500)
  valueOf(await q.clear())
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  const id = await q.postOne('two')
  expect(await q.deleteFree(id)).toEqual(done)
  await q.passUnnoticed(4)
  expect(await q.deliver()).toEqual([])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
  await q.postOne('three')
  valueOf(await core.deleteQueue(q.on))
  expect((await core.pushing.due()).filter(({ project }) => project === q.on.project)).toEqual([])
})

test('a done message is deleted without being counted twice, also by clear', async () => {
  const q = await aPushQueue(a, ['a'])
  const [id] = await q.post('one', 'two')
  await q.deliver()
  expect(await core.deleteMessageById({ ...q.on, messageId: id! })).toEqual(done)
  valueOf(await q.clear())
  expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
  expect(await q.find(id!)).toEqual(refused('message_not_found'))
})

test('a done message can be read for a while (contract v3 M5)', async () => {
  const q = await aPushQueue(a, ['a'])
  const id = await q.postOne('work')
  await q.deliver()
  expect(await q.find(id)).toMatchObject({ value: { status: 'done', body: Buffer.from('work') } })
  await q.pass(601)
  expect(await q.find(id)).toEqual(refused('message_not_found'))
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  // S3: the statuses stay for a day.
  expect(await q.statuses(id)).toMatchObject([{ state: 'delivered' }])
})

test('who delivers is woken by a post through another gateway', async () => {
  const q = await aPushQueue(a, ['a'])
  const other = await a.another()
  const abort = new AbortController()
  let woken = false
  const waiting = other.pushing.wait(Infinity, abort.signal).then(() => (woken = true))
  // Until its word that it waits has come here, nothing is said; upkeep repeats it every second.
  await until(async () => {
    await q.postOne('work')
    return woken
  })
  await waiting
  expect(await q.deliver(() => 200, other)).toContain('a')
})
