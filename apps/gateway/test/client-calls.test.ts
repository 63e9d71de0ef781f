import { WeldmqError, connect } from '@weldmq/client'
import { expect, test } from 'vitest'
import { clientOf } from './client.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

// The calls of packages/client against a real gateway.
const gateway = await aGateway(await aDatabase())
const weldmq = clientOf(gateway)

test('a queue that is missing is an error that retrying does not help', async () => {
  await expect(weldmq.queue('missing').info()).rejects.toMatchObject({
    status: 404,
    message: 'Queue not found',
    temporary: false,
  })
})

test('settings go out and come back in the words of the client', async () => {
  const queue = weldmq.queue('set: ä+%&?#')
  const made = await queue.create({ messageTimeout: 90, deadLetter: { queueName: 'set-dead', maxReservations: 4 } })
  expect(made).toEqual({
    projectId,
    name: 'set: ä+%&?#',
    type: 'pull',
    messageTimeout: 90,
    messageExpiration: 604_800,
    deadLetter: { queueName: 'set-dead', maxReservations: 4 },
    alerts: [],
  })
  const updated = await queue.update({ messageExpiration: 3600, deadLetter: { queueName: '' } })
  expect(updated).toMatchObject({ messageTimeout: 90, messageExpiration: 3600, size: 0, totalMessages: 0 })
  expect(updated.deadLetter).toBeUndefined()
  expect(await queue.info()).toEqual(updated)

  expect(await weldmq.listQueues({ prefix: 'set' })).toEqual(['set-dead', 'set: ä+%&?#'])
  expect(await weldmq.listQueues({ prefix: 'set', after: 'set-dead', count: 1 })).toEqual(['set: ä+%&?#'])
  await queue.delete()
  expect(await weldmq.listQueues({ prefix: 'set' })).toEqual(['set-dead'])
})

test('one message is posted for its id, several for theirs', async () => {
  const queue = weldmq.queue('post')
  const id = await queue.post('one')
  const ids = await queue.post([
    'two',
    { body: 'first', priority: 0, pushHeaders: { 'X-A': 'b' } },
    { body: 'later', delay: 60 },
  ])
  expect([id, ...ids].join()).toMatch(/^1\d{18},1\d{18},1\d{18},1\d{18}$/)
  expect((await queue.peek({ count: 10 })).map(({ body }) => body)).toEqual(['first', 'one', 'two'])
  expect(await queue.get(ids[2]!)).toEqual({ id: ids[2], body: 'later', reservedCount: 0 })
  expect((await queue.info()).size).toBe(4)
  await queue.clear()
  expect((await queue.info()).size).toBe(0)
})

test('a reserved message is touched, released and deleted by whoever holds it', async () => {
  const queue = weldmq.queue('hold')
  await queue.post(['a', 'b'])
  const [message, other] = await queue.reserve({ count: 5, timeout: 30 })
  const before = message!.reservationId
  await message!.touch({ timeout: 100 })
  expect(message!.reservationId).toMatch(/^[0-9a-f]{32}$/)
  expect(message!.reservationId).not.toBe(before)
  await message!.release()
  await expect(message!.delete()).rejects.toMatchObject({ status: 403, message: 'Reservation timed out' })
  await other!.delete()
  const [again] = await queue.reserve({ delete: true })
  expect(again).toMatchObject({ body: 'a', reservedCount: 3 })
  expect((await queue.info()).size).toBe(0)
})

test('messages are deleted by their ids, all or none', async () => {
  const queue = weldmq.queue('batch')
  await queue.post(['a', 'b', 'c'])
  const [a, b] = await queue.reserve({ count: 2 })
  const [c] = await queue.peek()
  await expect(queue.deleteMessages([a!, { id: b!.id }])).rejects.toMatchObject({ status: 400 })
  await queue.deleteMessages([a!, b!])
  await queue.deleteMessage(c!)
  expect((await queue.info()).size).toBe(0)
})

test('a reserve waits for what is posted, and an abort ends the wait', async () => {
  const queue = weldmq.queue('wait')
  await queue.create()
  const waiting = queue.reserve({ wait: 20 })
  await queue.post('at last')
  expect(await waiting).toMatchObject([{ body: 'at last' }])

  const abort = new AbortController()
  const given = queue.reserve({ wait: 20, signal: abort.signal })
  abort.abort(new Error('no longer needed'))
  await expect(given).rejects.toThrow('no longer needed')
})

test('alerts are added, replaced, shown and removed', async () => {
  const queue = weldmq.queue('watched')
  await queue.create({ alerts: [{ type: 'fixed', trigger: 5, queue: 'on-call' }] })
  await queue.alerts.add([{ type: 'progressive', trigger: 10, queue: 'on-call', direction: 'desc', snooze: 60 }])
  const { alerts } = await queue.info()
  expect(alerts).toMatchObject([
    { type: 'fixed', trigger: 5, direction: 'asc', queue: 'on-call', snooze: 0 },
    { type: 'progressive', trigger: 10, direction: 'desc', queue: 'on-call', snooze: 60 },
  ])
  await queue.alerts.remove([alerts[0]!.id])
  await queue.alerts.replace([{ type: 'fixed', trigger: 7, queue: 'on-call' }])
  expect((await queue.info()).alerts).toMatchObject([{ trigger: 7 }])
  await queue.alerts.removeAll()
  expect((await queue.info()).alerts).toEqual([])
})

test('a pull queue has neither subscribers nor statuses', async () => {
  const queue = weldmq.queue('pull')
  const id = await queue.post('x')
  await expect(queue.subscribers.add([{ name: 'a', url: 'http://127.0.0.1:9/' }])).rejects.toMatchObject({
    status: 400,
  })
  await expect(queue.subscribers.remove(['a'])).rejects.toMatchObject({ status: 400 })
  expect(await queue.subscribers.statuses(id)).toEqual([])
})

test('a push queue has subscribers, and says what became of a message at each', async () => {
  const queue = weldmq.queue('push')
  const subscriber = { name: 'a', url: 'http://127.0.0.1:9/a', headers: { 'X-A': '1' } }
  const made = await queue.create({ push: { subscribers: [subscriber], retries: 1, errorQueue: 'push-errors' } })
  expect(made).toMatchObject({
    type: 'multicast',
    push: { subscribers: [subscriber], retries: 1, retriesDelay: 60, errorQueue: 'push-errors' },
  })
  const secrets = await queue.subscribers.add([{ name: 'b', url: 'http://127.0.0.1:9/b', secret: 'generate' }])
  expect(secrets).toEqual({ b: expect.stringMatching(/^whsec_/) })
  await queue.subscribers.remove(['a'])
  expect((await queue.info()).push?.subscribers).toEqual([{ name: 'b', url: 'http://127.0.0.1:9/b', signed: true }])
  expect(await queue.subscribers.replace([subscriber])).toEqual({})
  await queue.subscribers.resume('a')
  const { push } = await queue.update({ push: { rate: 10, pauseAfter: 5 } })
  expect(push).toEqual({
    subscribers: [subscriber],
    retries: 1,
    retriesDelay: 60,
    errorQueue: 'push-errors',
    rate: 10,
    pauseAfter: 5,
  })
  const id = await queue.post({ body: 'x', delay: 600, pushHeaders: { 'X-B': '2' } })
  expect(await queue.subscribers.statuses(id)).toEqual([
    { name: 'a', url: subscriber.url, statusCode: 0, tries: 0, retriesRemaining: 1, status: 'queued' },
  ])
})

test('a wrong token is an error that retrying does not help', async () => {
  const refused = await connect({ url: `${gateway.url}/`, projectId, token: () => 'wrong' })
    .queue('q')
    .info()
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(WeldmqError)
  expect(refused).toMatchObject({ status: 401, temporary: false, nothingDone: true })
  expect(String(refused)).toBe('WeldmqError: Invalid project/token combination')
})

test('a token is asked for before each request', async () => {
  const tokens = [adminToken, 'another']
  const changing = clientOf(gateway, { token: async () => tokens.shift()! })
  await changing.queue('rotating').create()
  await expect(changing.queue('rotating').info()).rejects.toMatchObject({ status: 401 })
})

test.each(['', '.', '..'])('a queue named "%s" is refused at once', (name) => {
  expect(() => weldmq.queue(name)).toThrow('cannot be reached over HTTP')
})
