import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a

/** A queue that hands its messages on to this address. */
async function aQueueTo(url: string, settings: object = {}) {
  return aPushQueue(a, [], { subscribers: [{ name: 'next', url }], retries: 0, ...settings })
}

async function forwardAll(q: Awaited<ReturnType<typeof aQueueTo>>) {
  const claims = await q.claim()
  await core.pushing.forward(claims)
  return claims.length
}

test('I1 I2 I3 the message becomes one of the other queue, which is made; push headers travel along', async () => {
  const q = await aQueueTo('ironmq:///the%20next')
  const body = Buffer.from([1, 0, 255])
  const [id] = valueOf(await core.postMessages({ ...q.on, messages: [{ body, pushHeaders: { 'X-One': '1' } }] }))
  await forwardAll(q)
  expect(await q.statuses(id!)).toMatchObject([{ state: 'delivered', statusCode: 200, tries: 1 }])
  const next = q.beside('the next')
  expect(await next.reserveOne()).toMatchObject({ body })
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  expect(await next.size()).toEqual({ size: 1, totalMessages: 1 })
})

test('a push queue behind another one gets it, with its headers', async () => {
  const q = await aQueueTo('ironmq:///next')
  const next = { ...q.on, queue: 'next' }
  const subscribers = [{ name: 'last', url: 'http://example.com/' }]
  valueOf(await core.putQueue({ ...next, settings: { push: { subscribers } } }))
  await q.postOne('work', { pushHeaders: { 'X-One': '1' } })
  await forwardAll(q)
  const due = (await core.pushing.due()).find(({ project, queue }) => project === q.on.project && queue === 'next')!
  expect(await core.pushing.claim(due, new Map([[due.receivers[0]!.id, 1]]))).toMatchObject([
    { body: Buffer.from('work'), pushHeaders: { 'X-One': '1', 'Weldmq-Hops': '1' } },
  ])
})

test('I17 what is claimed twice is posted once: who records it second changes nothing', async () => {
  const q = await aQueueTo('ironmq:///next')
  await q.postOne('work')
  const [lost] = await q.claim()
  await q.passUnnoticed(26)
  await forwardAll(q)
  await core.pushing.forward([lost!])
  expect(await q.beside('next').size()).toEqual({ size: 1, totalMessages: 1 })
})

test('I4 another project takes a token that opens it; any other is an attempt that was answered 401', async () => {
  const other = await aQueue(a)
  const token = async (scopes: ('produce' | 'consume')[]) =>
    valueOf(await core.createToken({ name: 't', type: 'api', admin: false, projects: [other.on.project], scopes }))
      .secret
  const to = (secret: string, project = other.on.project) => aQueueTo(`ironmq://${project}:${secret}@/inbox`)
  const good = await to(await token(['produce']))
  const bad = [await to(await token(['consume'])), await to('x'.repeat(20)), await to('x'.repeat(20), 'none')]
  for (const q of [good, ...bad]) {
    const id = await q.postOne('work')
    await forwardAll(q)
    const state = q === good ? { state: 'delivered', statusCode: 200 } : { state: 'failed', statusCode: 401 }
    expect(await q.statuses(id)).toMatchObject([state])
  }
  expect(await other.beside('inbox').size()).toEqual({ size: 1, totalMessages: 1 })
})

test('U3 a circle of queues ends after ten hops, as a failed delivery', async () => {
  const q = await aQueueTo('ironmq:///back', { errorQueue: 'errors' })
  const back = { ...q.on, queue: 'back' }
  const subscribers = [{ name: 'home', url: `ironmq:///${encodeURIComponent(q.on.queue)}` }]
  valueOf(await core.putQueue({ ...back, settings: { push: { subscribers, retries: 0, errorQueue: 'errors' } } }))
  await q.postOne('round and round')
  for (let round = 0; round < 40; round++) {
    for (const due of await core.pushing.due()) {
      if (due.project !== q.on.project) continue
      const room = new Map(due.receivers.map(({ id }) => [id, 10]))
      await core.pushing.forward(await core.pushing.claim(due, room))
    }
  }
  const errors = await q.beside('errors').reserve(10)
  expect(errors).toHaveLength(1)
  expect(JSON.parse(errors[0]!.body.toString())).toMatchObject({ msg: 'handed on more than 10 times', code: 0 })
  const totals = [await q.size(), await q.beside('back').size()].map(({ totalMessages }) => totalMessages)
  expect(totals).toEqual([6, 5])
})

test('U3 a circle in which every queue has many others as subscribers ends before the copies are too many', async () => {
  const many = (queue: string) =>
    Array.from({ length: 101 }, (_, i) => ({ name: `s${i}`, url: `ironmq:///${encodeURIComponent(queue)}` }))
  const q = await aPushQueue(a, [], { subscribers: many('back'), retries: 0, errorQueue: 'errors' })
  const back = q.beside('back')
  const push = { subscribers: many(q.on.queue), retries: 0, errorQueue: 'errors' }
  valueOf(await core.putQueue({ ...back.on, settings: { push } }))
  await q.postOne('round and round')
  expect(await forwardAll(q)).toBe(101)
  expect(await back.size()).toEqual({ size: 101, totalMessages: 101 })
  const due = (await core.pushing.due()).find(({ project, queue }) => project === q.on.project && queue === 'back')!
  const claims = await core.pushing.claim(due, new Map(due.receivers.map(({ id }) => [id, 1])))
  expect(claims).toHaveLength(101)
  await core.pushing.forward(claims)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  const [error] = await q.beside('errors').reserve(1)
  expect(JSON.parse(error!.body.toString())).toMatchObject({ msg: 'handed on to more than 10000 queues' })
})

test("E7 reports of push queues that are each other's error queue do not multiply for ever", async () => {
  const subscribers = Array.from({ length: 101 }, (_, i) => ({ name: `s${i}`, url: 'ironmq:///%ff' }))
  const q = await aPushQueue(a, [], { subscribers, retries: 0, errorQueue: 'other' })
  const other = q.beside('other')
  valueOf(await core.putQueue({ ...other.on, settings: { push: { subscribers, retries: 0, errorQueue: q.on.queue } } }))
  await q.postOne('work')
  await forwardAll(q)
  expect(await other.size()).toEqual({ size: 101, totalMessages: 101 })
  const claimOne = async (queue: string) => {
    const due = (await core.pushing.due()).find((one) => one.project === q.on.project && one.queue === queue)!
    return core.pushing.claim(due, new Map(due.receivers.map(({ id }) => [id, 1])))
  }
  // A report on each report, and none on those.
  await core.pushing.forward(await claimOne('other'))
  expect((await q.size()).totalMessages).toBe(102)
  await core.pushing.forward(await claimOne(q.on.queue))
  expect((await other.size()).totalMessages).toBe(101)
})

test('a name that no queue can have is a failed delivery', async () => {
  const q = await aQueueTo('ironmq:///%ff')
  const id = await q.postOne('work')
  await forwardAll(q)
  expect(await q.statuses(id)).toMatchObject([{ state: 'failed', statusCode: 400 }])
})

test("E7 two push queues that are each other's error queue end reporting after some hops", async () => {
  const subscribers = [{ name: 'gone', url: 'ironmq:///%ff' }]
  const q = await aPushQueue(a, [], { subscribers, retries: 0, errorQueue: 'other' })
  const other = { ...q.on, queue: 'other' }
  valueOf(await core.putQueue({ ...other, settings: { push: { subscribers, retries: 0, errorQueue: q.on.queue } } }))
  await q.postOne('"\\'.repeat(100_000))
  let longest = 0
  for (let round = 0; round < 25; round++) {
    for (const due of await core.pushing.due()) {
      if (due.project !== q.on.project) continue
      const claims = await core.pushing.claim(due, new Map(due.receivers.map(({ id }) => [id, 10])))
      for (const { body } of claims) longest = Math.max(longest, body.length)
      await core.pushing.forward(claims)
    }
  }
  const totals = [await q.size(), await q.beside('other').size()].map(({ totalMessages }) => totalMessages)
  expect(totals).toEqual([6, 6])
  expect(longest).toBeLessThan(4_000_000)
})
