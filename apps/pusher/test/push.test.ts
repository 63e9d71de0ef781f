import { createMetrics } from '@weldmq/service-kit'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { aPushCore, aSubscriber, publicUrl, valueOf } from './a-pusher.ts'

const harness = await aPushCore()
const { core, aQueue, aPatientQueue, deliver } = harness
const never = () => undefined

test('M1 every subscriber of a multicast queue gets the message, with what the contract says about it', async () => {
  deliver()
  const [one, two] = [await aSubscriber(), await aSubscriber()]
  const q = await aQueue({
    subscribers: [
      { name: 'one', url: `${one.url}hook?a=1`, headers: { 'X-Key': 'k' } },
      { name: 'two', url: two.url },
    ],
  })
  const body = Buffer.from([0, 255, 10, 200])
  const id = await q.post(body, { pushHeaders: { 'X-Trace': 't' } })
  expect(await q.settled(id)).toEqual({ one: 200, two: 200 })
  const wireId = `1${String(id).padStart(18, '0')}`
  expect(one.got).toMatchObject([
    {
      path: '/hook?a=1',
      body,
      headers: {
        'user-agent': 'IronMQ Pusherd',
        'content-type': 'text/plain; encoding=utf-8',
        'iron-message-id': wireId,
        'iron-subscriber-name': 'one',
        'iron-subscriber-message-url': `${publicUrl}/3/projects/${q.on.project}/queues/jobs/messages/${wireId}`,
        'x-key': 'k',
        'x-trace': 't',
      },
    },
  ])
  expect(two.got).toHaveLength(1)
  expect(await q.size()).toBe(0)
})

test('M2 I16 only those that failed are tried again, and then no more than the retries', async () => {
  deliver()
  const [good, bad] = [await aSubscriber(200), await aSubscriber(500)]
  const q = await aQueue({
    retries: 2,
    retriesDelaySeconds: 60,
    errorQueue: 'errors',
    subscribers: [
      { name: 'good', url: good.url },
      { name: 'bad', url: bad.url },
    ],
  })
  const id = await q.post('work')
  for (const tries of [1, 2]) {
    await expect.poll(async () => (await q.statuses(id)).find((one) => one.subscriber === 'bad')?.tries).toBe(tries)
    expect(await q.beside('errors').exists()).toBe(false)
    await q.pass(60)
  }
  expect(await q.settled(id)).toEqual({ good: 200, bad: 500 })
  expect([good.got.length, bad.got.length]).toEqual([1, 3])
  const ids = bad.got.map(({ headers }) => headers['iron-reservation-id'])
  expect(new Set(ids).size).toBe(3)
  expect(new Set(bad.got.map(({ headers }) => headers['iron-message-id'])).size).toBe(1)
  const [error] = await q.beside('errors').peek()
  expect(JSON.parse(error!)).toMatchObject({ body: 'work', subscribers: [{ name: 'bad', code: 500 }] })
})

test('C1 C2 a unicast message goes to another subscriber at once when one fails', async () => {
  deliver()
  const bad = await Promise.all(Array.from({ length: 4 }, () => aSubscriber(503)))
  const good = await aSubscriber(200)
  const q = await aQueue({
    type: 'unicast',
    retries: 1,
    subscribers: [...bad, good].map(({ url }, i) => ({ name: `s${i}`, url })),
  })
  const id = await q.post('work')
  await expect.poll(async () => (await q.statuses(id))[0]?.state).toBe('delivered')
  expect(good.bodies()).toEqual(['work'])
  for (const { got } of bad) expect(got.length).toBeLessThanOrEqual(1)
})

test('K1 K7 a 202 waits for its acknowledgement, and is done by it', async () => {
  deliver()
  const subscriber = await aSubscriber(202)
  const q = await aQueue({ retries: 0, subscribers: [{ name: 'slow', url: subscriber.url }] })
  const id = await q.post('work')
  await expect.poll(() => q.settled(id, ['reserved'])).toEqual({ slow: 202 })
  expect(await q.acknowledge(subscriber.got[0]!)).toMatchObject({ ok: true })
  expect(await q.settled(id)).toEqual({ slow: 200 })
})

test('R3 E4 a 202 that nobody acknowledges is tried again at once, and is an error in the end', async () => {
  deliver()
  const subscriber = await aSubscriber(202)
  const q = await aQueue({
    retries: 1,
    retriesDelaySeconds: 60,
    errorQueue: 'errors',
    subscribers: [{ name: 'slow', url: subscriber.url }],
  })
  const id = await q.post('work')
  for (const times of [1, 2]) {
    await subscriber.has(times)
    await expect.poll(async () => (await q.statuses(id))[0]!.tries).toBe(times)
    await q.pass(60)
  }
  await expect.poll(() => q.beside('errors').peek()).toHaveLength(1)
  expect(await q.settled(id)).toEqual({ slow: 202 })
  expect(subscriber.got).toHaveLength(2)
})

test('4 no answer, a refused address and a broken one are failures with status 0', async () => {
  deliver()
  const q = await aQueue({
    retries: 0,
    subscribers: [
      { name: 'closed', url: 'http://127.0.0.1:1/' },
      { name: 'private', url: 'http://10.0.0.1/' },
      { name: 'metadata', url: 'http://169.254.169.254/' },
    ],
  })
  const id = await q.post('work')
  expect(await q.settled(id)).toEqual({ closed: 0, private: 0, metadata: 0 })
  const failures = Object.fromEntries((await q.statuses(id)).map((one) => [one.subscriber, one.failure]))
  expect(failures).toEqual({
    closed: 'the connection was refused',
    private: 'the host does not exist, or deliveries to its address are not allowed',
    metadata: 'the host does not exist, or deliveries to its address are not allowed',
  })
})

test('manners: Retry-After is honoured, and never shortens the pause', async () => {
  deliver()
  const subscriber = await aSubscriber((_got, response) => response.writeHead(503, { 'Retry-After': '100' }).end())
  const q = await aQueue({ retries: 1, retriesDelaySeconds: 10, subscribers: [{ name: 'busy', url: subscriber.url }] })
  const id = await q.post('work')
  await expect.poll(async () => (await q.statuses(id))[0]?.tries).toBe(1)
  await q.pass(50)
  await q.post('more')
  await subscriber.has(2) // the second message: what is due has been looked for since
  expect((await q.statuses(id))[0]?.tries).toBe(1)
  await q.pass(50)
  await expect.poll(async () => (await q.statuses(id))[0]?.tries).toBe(2)
})

test('Q5 R4 a delay holds the delivery, and its end begins it', async () => {
  deliver()
  const subscriber = await aSubscriber()
  const q = await aQueue({ subscribers: [{ name: 'one', url: subscriber.url }] })
  await q.post('later', { delaySeconds: 100 })
  await q.post('now')
  await subscriber.has(1)
  expect(subscriber.bodies()).toEqual(['now'])
  await q.pass(100)
  await subscriber.has(2)
})

test('security row 6: a delivery is signed with the secret that was drawn', async () => {
  deliver()
  const subscriber = await aSubscriber()
  const q = await aQueue({ subscribers: [{ name: 'other', url: 'http://127.0.0.1:1/' }] })
  const subscribers = [{ name: 'one', url: subscriber.url, secret: 'generate' }]
  const { secrets } = valueOf(await core.addSubscribers({ ...q.on, subscribers }))
  await q.post('{"order":1}')
  await subscriber.has(1)
  const { headers, body } = subscriber.got[0]!
  expect(new Webhook(secrets['one']!).verify(body.toString(), headers as Record<string, string>)).toEqual({ order: 1 })
})

test('I1 I3 a subscriber that is a queue here gets the message with its headers, through a whole chain', async () => {
  deliver()
  const last = await aSubscriber()
  const q = await aQueue({ subscribers: [{ name: 'next', url: 'ironmq:///next' }] })
  valueOf(
    await core.putQueue({
      ...q.beside('next').on,
      settings: { push: { subscribers: [{ name: 'last', url: last.url }] } },
    }),
  )
  const id = await q.post('work', { pushHeaders: { 'X-Trace': 't' } })
  await last.has(1)
  expect(last.got[0]).toMatchObject({ headers: { 'x-trace': 't', 'weldmq-hops': '1' } })
  expect(last.bodies()).toEqual(['work'])
  expect(await q.settled(id)).toEqual({ next: 200 })
})

test('U3 a circle of queues ends after ten hops', async () => {
  deliver()
  const q = await aQueue({ retries: 0, errorQueue: 'errors', subscribers: [{ name: 'b', url: 'ironmq:///b' }] })
  const b = { subscribers: [{ name: 'jobs', url: 'ironmq:///jobs' }], retries: 0, errorQueue: 'errors' }
  valueOf(await core.putQueue({ ...q.beside('b').on, settings: { push: b } }))
  await q.post('round')
  await expect.poll(() => q.beside('errors').peek()).toEqual([expect.stringContaining('handed on more than 10 times')])
})

test('a subscriber that hangs does not keep others waiting', async () => {
  deliver(core, { WELDMQ_PUSH_CONCURRENCY: '5', WELDMQ_PUSH_IN_FLIGHT: '20' })
  const hanging = await aSubscriber(never)
  const good = await aSubscriber()
  const q = await aPatientQueue({
    subscribers: [
      { name: 'hanging', url: hanging.url },
      { name: 'good', url: good.url },
    ],
  })
  for (let i = 0; i < 40; i++) await q.post(`${i}`)
  await good.has(40)
  expect(hanging.got).toHaveLength(5)
})

test('several pushers on one database deliver each message once', async () => {
  const others = await Promise.all([harness.another(), harness.another()])
  for (const one of [core, ...others]) deliver(one)
  const subscriber = await aSubscriber()
  const q = await aQueue({ subscribers: [{ name: 'one', url: subscriber.url }] })
  const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => q.post(`${i}`)))
  await subscriber.has(200)
  for (const id of ids) await q.settled(id)
  expect(subscriber.bodies().sort()).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`).sort())
})

test('a pusher that is stopped ends what it has begun', async () => {
  const pusher = deliver()
  let answer = () => {}
  const subscriber = await aSubscriber((_got, response) => void (answer = () => response.end()))
  const q = await aQueue({ subscribers: [{ name: 'slow', url: subscriber.url }] })
  const id = await q.post('work')
  await subscriber.has(1)
  const stopped = pusher.stop()
  answer()
  await stopped
  expect((await q.statuses(id))[0]).toMatchObject({ state: 'delivered', tries: 1 })
})

test('attempts are counted per subscriber', async () => {
  const metrics = createMetrics()
  deliver(core, {}, metrics)
  const [good, bad] = [await aSubscriber(200), await aSubscriber(500)]
  const subscribers = [
    { name: 'good', url: good.url },
    { name: 'bad', url: bad.url },
    { name: 'refused', url: 'http://10.0.0.1/' },
  ]
  const q = await aQueue({ retries: 0, subscribers })
  await q.settled(await q.post('work'))
  // Slots are held while it is looked whether more is due.
  await expect.poll(async () => (await metrics.page()).text).toContain('weldmq_push_attempts_under_way 0')
  const { text } = await metrics.page()
  const line = (subscriber: string, outcome: string) =>
    `weldmq_push_attempts_total{project="${q.on.project}",queue="jobs",subscriber="${subscriber}",outcome="${outcome}"} 1`
  expect(text).toContain(line('good', 'delivered'))
  expect(text).toContain(line('bad', 'failed'))
  expect(text).toContain(line('refused', 'no_answer'))
})

test('manners: a queue delivers no faster than its rate', async () => {
  deliver()
  const subscriber = await aSubscriber()
  const q = await aQueue({ rate: 5, subscribers: [{ name: 'one', url: subscriber.url }] })
  const began = performance.now()
  for (let i = 0; i < 8; i++) await q.post(`${i}`)
  await subscriber.has(8)
  // A second's worth may come at once; the other three take their time.
  expect(subscriber.got[7]!.at - began).toBeGreaterThanOrEqual(500)
})

test('manners: a subscriber that keeps failing is left alone, and the others of its queue are not', async () => {
  deliver()
  const [bad, good] = [await aSubscriber(500), await aSubscriber()]
  const q = await aQueue({
    retries: 0,
    pauseAfter: 3,
    subscribers: [
      { name: 'bad', url: bad.url },
      { name: 'good', url: good.url },
    ],
  })
  for (let i = 1; i <= 3; i++) {
    const id = await q.post(`${i}`)
    await q.settled(id)
  }
  for (let i = 0; i < 5; i++) await q.post('more')
  await good.has(8)
  expect(bad.got).toHaveLength(3)
})

test('security row 24: a project whose subscribers all hang leaves slots to another', async () => {
  const hanging = await aSubscriber(() => undefined)
  const quick = await aSubscriber(200)
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
  const slow = await aPatientQueue({ subscribers: names.map((name) => ({ name, url: hanging.url })) })
  const other = await aQueue({ subscribers: [{ name: 'a', url: quick.url }] })
  deliver(core, { WELDMQ_PUSH_IN_FLIGHT: '10' })
  await slow.post('work')
  await hanging.has(5)
  await other.post('work')
  // Those that hang take a minute each.
  await expect.poll(() => quick.got.length).toBe(1)
  expect(hanging.got).toHaveLength(5)
})

test('security row 24: a project whose subscribers hang on a host leaves slots there to another', async () => {
  const hanging = await aSubscriber(() => undefined)
  const quick = await aSubscriber(200)
  // The same host, as far as names go, and another port.
  expect(new URL(hanging.url).hostname).toBe(new URL(quick.url).hostname)
  const slow = await aQueue({ subscribers: [{ name: 'a', url: hanging.url }] })
  const other = await aQueue({ subscribers: [{ name: 'a', url: quick.url }] })
  deliver(core, { WELDMQ_PUSH_HOST_CONCURRENCY: '10' })
  for (let i = 0; i < 20; i++) await slow.post('work')
  await hanging.has(5)
  await other.post('work')
  await expect.poll(() => quick.got.length, { timeout: 5000 }).toBe(1)
  expect(hanging.got).toHaveLength(5)
})

test('a message that cannot be handed on holds up no other of the same claim', async () => {
  const q = await aQueue({ subscribers: [{ name: 'next', url: 'ironmq:///next' }] })
  for (const body of ['one', 'wrong', 'two']) await q.post(body)
  const forward: typeof core.pushing.forward = async (deliveries) => {
    if (deliveries.some(({ body }) => body.toString() === 'wrong')) throw new Error('refused')
    await core.pushing.forward(deliveries)
  }
  deliver({ ...core, pushing: { ...core.pushing, forward } })
  await expect.poll(() => q.beside('next').peek()).toEqual(['one', 'two'])
  expect(await q.size()).toBe(1)
})

test('bodies that are under way do not come to more than there is room for', async () => {
  let most = 0
  const waiting: (() => void)[] = []
  const slow = await aSubscriber((_, response) => {
    waiting.push(() => response.end())
    most = Math.max(most, waiting.length)
  })
  const q = await aQueue({ subscribers: [{ name: 'a', url: slow.url }] })
  const body = Buffer.alloc(400_000, 'x')
  for (let i = 0; i < 8; i++) await q.post(body)
  deliver(core, { WELDMQ_PUSH_BYTES: '1048576' })
  // One project has half of it, and the last one may go beyond.
  for (let done = 0; done < 8; done++) {
    await expect.poll(() => waiting.length, { timeout: 10_000 }).toBeGreaterThan(0)
    waiting.shift()!()
  }
  await expect.poll(() => q.size()).toBe(0)
  expect(slow.got).toHaveLength(8)
  expect(most).toBe(2)
})
