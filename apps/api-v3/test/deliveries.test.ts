import type { ClaimedDelivery } from '@weldmq/queue-core'
import { ageQueue, claimDue, deliver, sqlFor } from '@weldmq/testing'
import { toWireId } from '@weldmq/v3-wire'
import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
const sql = sqlFor(v3.database)
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

const on = (queue = 'q') => ({ project: my.id, queue })
const url = (name: string) => `http://example.com/${name}`
const make = (names: string[], push = {}, type = 'multicast') =>
  my.say('PUT', '/queues/q', {
    queue: { type, push: { subscribers: names.map((name) => ({ name, url: url(name) })), ...push } },
  })
const postOne = async () => (await my.post('q', 'work'))[0]!
type Answers = Parameters<typeof deliver<never, ClaimedDelivery>>[2]
const answerAll = (answer?: Answers) => deliver(v3.core.pushing, on(), answer)
/** The one delivery that is due, accepted: what its subscriber knows of it. */
async function accepted() {
  const [delivery] = await answerAll(() => 202)
  return { ...delivery!, reservation_id: delivery!.reservationId, subscriber_name: delivery!.subscriber.name }
}
const statuses = async (id: string) => (await my.send('GET', `/queues/q/messages/${id}/subscribers`)).json.subscribers
const remove = (id: string, body?: unknown) => my.say('DELETE', `/queues/q/messages/${id}`, body)

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string
const untried = (name: string) => ({
  name,
  subscriber_name: name,
  url: url(name),
  status_code: 0,
  tries: 0,
  retries_remaining: 3,
  retries_total: 0,
  status: 'queued',
})
const tried = (name: string, status_code: number, status: string, more = {}) => ({
  ...untried(name),
  status_code,
  tries: 1,
  retries_remaining: 2,
  retries_total: 1,
  last_try_at: time,
  status,
  ...more,
})

const deleted = '200 {"msg":"Deleted"}'
const lapsed = '403 {"msg":"Reservation timed out"}'
const noMessage = '404 {"msg":"Message not found"}'
const nobody = '401 {"msg":"Invalid project/token combination"}'

test('statuses.2 S1 R5 one entry for each subscriber, in the words of the contract', async () => {
  await make(['a', 'b', 'c'])
  const id = await postOne()
  expect(await statuses(id)).toEqual([untried('a'), untried('b'), untried('c')])
  await answerAll(({ subscriber: { name } }) =>
    name === 'a' ? 200 : name === 'b' ? 202 : { statusCode: 503, failure: 'overloaded' },
  )
  expect(await statuses(id)).toEqual([
    tried('a', 200, 'deleted'),
    tried('b', 202, 'reserved'),
    tried('c', 503, 'retrying', { msg: 'overloaded' }),
  ])
})

test('statuses.2 the keys of an entry in their order', async () => {
  await make(['a'])
  const id = await postOne()
  await answerAll(() => ({ statusCode: 500, failure: 'broken' }))
  const { text } = await my.send('GET', `/queues/q/messages/${id}/subscribers`)
  expect(text.replace(/\d{4}-[^"]*Z/, 'T')).toBe(
    '{"subscribers":[{"name":"a","subscriber_name":"a","url":"http://example.com/a","status_code":500,"tries":1,' +
      '"retries_remaining":2,"retries_total":1,"last_try_at":"T","status":"retrying","msg":"broken"}]}',
  )
})

test('statuses.2 given up, no retries remain, and the last answer stays', async () => {
  await make(['a', 'b'], { retries: 0 })
  const id = await postOne()
  await answerAll(({ subscriber: { name } }) => (name === 'a' ? { statusCode: 0, failure: 'no such host' } : 202))
  await ageQueue(sql, on(), 61)
  expect(await answerAll()).toEqual([])
  expect(await statuses(id)).toEqual([
    tried('a', 0, 'error', { retries_remaining: 0, msg: 'no such host' }),
    tried('b', 202, 'error', { retries_remaining: 0, msg: 'accepted, and not acknowledged in time' }),
  ])
})

test('statuses.3 S2 of a unicast queue those that were tried', async () => {
  await make(['a', 'b', 'c'], {}, 'unicast')
  const id = await postOne()
  expect(await statuses(id)).toEqual([])
  const seen: string[] = []
  await answerAll(({ subscriber }) => (seen.push(subscriber.name) === 2 ? 200 : 500))
  expect(seen).toHaveLength(2)
  expect(await statuses(id)).toEqual([tried(seen[0]!, 500, 'error'), tried(seen[1]!, 200, 'deleted')])
})

test('statuses.3 S2 who was tried without success may have another turn', async () => {
  await make(['a', 'b'], {}, 'unicast')
  const id = await postOne()
  await answerAll(() => 500)
  expect((await statuses(id)).toSorted((x, y) => (x.name < y.name ? -1 : 1))).toEqual([
    tried('a', 500, 'retrying'),
    tried('b', 500, 'retrying'),
  ])
})

test('statuses.4 S3 they are readable after the message is gone', async () => {
  await make(['a'])
  const id = await postOne()
  await answerAll()
  await ageQueue(sql, on(), 3600)
  expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe(noMessage)
  expect(await statuses(id)).toEqual([tried('a', 200, 'deleted')])
})

test('statuses.4 M4 the status of a subscriber that was removed stays', async () => {
  await make(['a', 'b'])
  const id = await postOne()
  await answerAll()
  await my.say('PUT', '/queues/q/subscribers', { subscribers: [{ name: 'later', url: url('later') }] })
  expect(await statuses(id)).toEqual([tried('a', 200, 'deleted'), tried('b', 200, 'deleted')])
})

test('statuses.5 S4 an unknown message is not found, nor is one of an unknown queue', async () => {
  await make(['a'])
  for (const id of ['1000000000099999999', 'peek']) {
    expect(await my.say('GET', `/queues/q/messages/${id}/subscribers`)).toBe(noMessage)
  }
  expect(await my.say('GET', '/queues/none/messages/1000000000099999999/subscribers')).toBe(
    '404 {"msg":"Queue not found"}',
  )
})

test('get.3 M5 M6 a push message is found with its statuses, in delivery and afterwards', async () => {
  await make(['a'])
  const id = await postOne()
  const found = async () => (await my.send('GET', `/queues/q/messages/${id}`)).json.message
  expect(await found()).toEqual({ id, body: 'work', reserved_count: 0, push_statuses: [untried('a')] })
  await answerAll()
  expect(await found()).toMatchObject({ id, body: 'work', push_statuses: [tried('a', 200, 'deleted')] })
})

test('get.3 M6 a message of a pull queue has no statuses', async () => {
  const [id] = await my.post('pull', 'x')
  expect(await my.say('GET', `/queues/pull/messages/${id}`)).toBe(
    `200 {"message":{"id":"${id}","body":"x","reserved_count":0}}`,
  )
})

test('deliver.1 Q3 Q4 Q5 a message counts until it is delivered, cannot be reserved, and waits for its delay', async () => {
  await make(['a'])
  await my.send('POST', '/queues/q/messages', { messages: [{ body: 'now' }, { body: 'later', delay: 60 }] })
  expect(await my.size('q')).toBe(2)
  expect(await my.reserve('q', { n: 10 })).toEqual([])
  expect(await my.say('GET', '/queues/q/messages?n=10')).toBe('200 {"messages":[]}')
  expect((await answerAll()).map(({ body }) => body.toString())).toEqual(['now'])
  expect(await my.size('q')).toBe(1)
  await ageQueue(sql, on(), 61)
  expect((await answerAll()).map(({ body }) => body.toString())).toEqual(['later'])
  expect(await my.size('q')).toBe(0)
})

test('deliver.1 push headers go with the message', async () => {
  await make(['a'])
  await my.send('POST', '/queues/q/messages', { messages: [{ body: 'x', push_headers: { 'X-A': 'b' } }] })
  expect(await answerAll()).toMatchObject([{ pushHeaders: { 'X-A': 'b' }, door: 'v3', answerSeconds: 10 }])
})

test('deliver.2 Q7 clearing the queue and deleting it stop its deliveries', async () => {
  await make(['a'])
  await postOne()
  expect(await my.say('DELETE', '/queues/q/messages')).toBe('200 {"msg":"Cleared"}')
  expect(await answerAll()).toEqual([])
  await postOne()
  expect(await my.say('DELETE', '/queues/q')).toBe(deleted)
  expect(await answerAll()).toEqual([])
})

test('deliver.3 Q9 a message that nobody has accepted is deleted, and nobody gets it', async () => {
  await make(['a'])
  const id = await postOne()
  expect(await remove(id)).toBe(deleted)
  expect(await answerAll()).toEqual([])
  expect(await my.size('q')).toBe(0)
})

test('deliver.3 Q9 under an acceptance its reservation is asked for', async () => {
  await make(['a'])
  const id = await postOne()
  const { reservation_id } = await accepted()
  expect(await remove(id)).toBe('400 {"msg":"A reservation_id is required"}')
  expect(await remove(id, { reservation_id: '0'.repeat(32) })).toBe(lapsed)
  expect(await remove(id, { reservation_id })).toBe(deleted)
})

test('ack.1 X8 K1 K2 K7 a subscriber that accepted acknowledges, and is done', async () => {
  await make(['a', 'b'])
  const id = await postOne()
  const [one, other] = await answerAll(() => 202)
  const body = { id, reservation_id: one!.reservationId, subscriber_name: one!.subscriber.name, oauth: 'T' }
  expect(await remove(id, body)).toBe(deleted)
  expect(await statuses(id)).toContainEqual(tried(one!.subscriber.name, 200, 'deleted'))
  expect(await statuses(id)).toContainEqual(tried(other!.subscriber.name, 202, 'reserved'))
  expect(await my.size('q')).toBe(1)
  expect(await remove(id, { reservation_id: other!.reservationId, subscriber_name: other!.subscriber.name })).toBe(
    deleted,
  )
  expect(await my.size('q')).toBe(0)
})

test("ack.1 K6 too late, with another's name or another reservation it is 403, of no message 404", async () => {
  await make(['a', 'b'])
  const id = await postOne()
  const { reservation_id, subscriber_name, reservationId } = await accepted()
  const other = subscriber_name === 'a' ? 'b' : 'a'
  expect(await remove(id, { reservation_id, subscriber_name: other })).toBe(lapsed)
  expect(await remove(id, { reservation_id, subscriber_name: 'none' })).toBe(lapsed)
  expect(await remove(id, { reservation_id: '0'.repeat(32), subscriber_name })).toBe(lapsed)
  expect(await remove(id, { reservation_id: 'x', subscriber_name })).toBe(lapsed)
  expect(await remove('1000000000099999999', { reservation_id, subscriber_name })).toBe(noMessage)
  await ageQueue(sql, on(), 61)
  expect(await remove(id, { reservation_id: reservationId, subscriber_name })).toBe(lapsed)
})

test('ack.1 K10 a touch lengthens the acceptance, under a new reservation', async () => {
  await make(['a'])
  const id = await postOne()
  const { reservation_id, subscriber_name } = await accepted()
  const touched = await my.send('POST', `/queues/q/messages/${id}/touch`, { reservation_id, timeout: 300 })
  expect(touched.json).toEqual({ reservation_id: expect.stringMatching(/^[0-9a-f]{32}$/), msg: 'Touched' })
  await ageQueue(sql, on(), 200)
  expect(await remove(id, { reservation_id, subscriber_name })).toBe(lapsed)
  expect(await remove(id, { reservation_id: touched.json.reservation_id, subscriber_name })).toBe(deleted)
})

test('ack.1 on a pull queue the name of a subscriber says nothing', async () => {
  const [first, second] = await my.post('pull', 'a', 'b')
  const held = await my.reserve('pull', { n: 2 })
  const keys = held.map(({ id, reservation_id }) => ({ id, reservation_id, subscriber_name: 'a' }))
  expect(await my.say('DELETE', `/queues/pull/messages/${first}`, keys[0])).toBe(deleted)
  expect(await my.say('DELETE', '/queues/pull/messages', { ids: [keys[1]] })).toBe(deleted)
  expect(await my.say('DELETE', `/queues/pull/messages/${second}`)).toBe(noMessage)
})

test('ack.2 B4 K3 several at once', async () => {
  await make(['a', 'b'])
  const ids = await my.post('q', '1', '2')
  const deliveries = await answerAll(() => 202)
  const keys = deliveries.map(({ messageId, reservationId, subscriber }) => ({
    id: toWireId(messageId),
    reservation_id: reservationId,
    subscriber_name: subscriber.name,
  }))
  expect(keys).toHaveLength(4)
  expect(await my.say('DELETE', '/queues/q/messages', { ids: keys })).toBe(deleted)
  expect(await my.size('q')).toBe(0)
  for (const id of ids) expect(await statuses(id)).toEqual([tried('a', 200, 'deleted'), tried('b', 200, 'deleted')])
  expect(await my.say('DELETE', '/queues/q/messages', { ids: [keys[0]] })).toBe(lapsed)
})

test('ack.2 B6 K3 of several none is acknowledged when one is refused', async () => {
  await make(['a', 'b'])
  const id = await postOne()
  const deliveries = await answerAll(() => 202)
  const keys = deliveries.map(({ reservationId, subscriber }) => ({
    id,
    reservation_id: reservationId,
    subscriber_name: subscriber.name,
  }))
  const ids = [keys[0], { ...keys[1], reservation_id: '0'.repeat(32) }]
  expect(await my.say('DELETE', '/queues/q/messages', { ids })).toBe(lapsed)
  expect(await statuses(id)).toMatchObject([{ status: 'reserved' }, { status: 'reserved' }])
})

/** Without a token, and with whatever else. */
async function anonymous(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(v3.url + path, { method, headers, ...(body !== undefined && { body: text }) })
  return `${answer.status} ${await answer.text()}`
}

test('ack.3 P-4 K9 whoever knows the reservation and the name needs no token', async () => {
  await make(['a', 'b'])
  const id = await postOne()
  const [one, other] = await answerAll(() => 202)
  const keys = (delivery: ClaimedDelivery) => ({
    reservation_id: delivery.reservationId,
    subscriber_name: delivery.subscriber.name,
  })
  const path = `${my.base}/queues/q/messages/${id}`
  expect(await anonymous('DELETE', path, keys(one!))).toBe(deleted)
  const override = { 'X-HTTP-Method-Override': 'DELETE', 'Content-Type': 'application/json' }
  expect(await anonymous('POST', path, keys(other!), override)).toBe(deleted)
  expect(await statuses(id)).toEqual([tried('a', 200, 'deleted'), tried('b', 200, 'deleted')])

  await my.post('q', ...Array.from({ length: 50 }, String))
  const ids = (await answerAll(() => 202)).map((delivery) => ({ id: toWireId(delivery.messageId), ...keys(delivery) }))
  expect(ids).toHaveLength(100)
  expect(await anonymous('DELETE', `${my.base}/queues/q/messages`, { ids })).toBe(deleted)
  expect(await my.size('q')).toBe(0)
})

test('ack.3 P-4 anything else is answered like any request without a token, and changes nothing', async () => {
  await make(['a', 'b'])
  const id = await postOne()
  const { reservation_id, subscriber_name } = await accepted()
  const keys = { reservation_id, subscriber_name }
  const [pulled] = await my.post('pull', 'x')
  const [held] = await my.reserve('pull')
  const stranger = await v3.aProject()
  const path = `${my.base}/queues/q/messages/${id}`
  const refused: [method: string, path: string, body?: unknown, headers?: Record<string, string>][] = [
    ['DELETE', path],
    ['DELETE', path, { reservation_id }],
    ['DELETE', path, { subscriber_name }],
    ['DELETE', path, { ...keys, reservation_id: '0'.repeat(32) }],
    ['DELETE', path, { ...keys, reservation_id: 'x' }],
    ['DELETE', path, { ...keys, reservation_id: 5 }],
    ['DELETE', path, { ...keys, subscriber_name: subscriber_name === 'a' ? 'b' : 'a' }],
    ['DELETE', path, { ...keys, subscriber_name: '' }],
    ['DELETE', path, { ...keys, more: 'x'.repeat(5000) }],
    ['DELETE', path, '{"reservation_id"'],
    ['DELETE', path, '[]'],
    ['DELETE', path, keys, { 'Content-Encoding': 'gzip' }],
    ['DELETE', path, keys, { Authorization: 'OAuth wrong' }],
    ['DELETE', path, keys, { Authorization: `OAuth ${stranger.token}` }],
    ['DELETE', `${path}?oauth=wrong`, keys],
    ['DELETE', path.replace(id, '1000000000099999999'), keys],
    ['DELETE', path.replace(id, 'peek'), keys],
    ['DELETE', path.replace('/q/', '/none/'), keys],
    ['DELETE', path.replace('/q/', '/%ff/'), keys],
    ['DELETE', path.replace(my.id, stranger.id), keys],
    ['DELETE', path.replace(my.id, '4e25e1d25c0dd27801000275'), keys],
    ['DELETE', path.replace(my.id, 'x'), keys],
    ['DELETE', `${my.base}/queues/q/messages`],
    ['DELETE', `${my.base}/queues/q/messages`, keys],
    ['DELETE', `${my.base}/queues/q/messages`, { ids: [{ id, ...keys }, id] }],
    [
      'DELETE',
      `${my.base}/queues/q/messages`,
      {
        ids: [
          { id, ...keys },
          { id, reservation_id },
        ],
      },
    ],
    ['DELETE', `${my.base}/queues/q/messages`, { ids: [{ id, ...keys, reservation_id: '0'.repeat(32) }] }],
    ['DELETE', `${my.base}/queues/q/messages`, { ids: [] }],
    ['DELETE', `${my.base}/queues/pull/messages`, { ids: [{ id: pulled, ...held, subscriber_name: 'a' }] }],
    ['GET', path],
    ['GET', `${path}/subscribers?reservation_id=${reservation_id}`],
    ['POST', `${path}/touch`, keys],
    ['POST', `${path}/release`, keys],
    ['DELETE', `${my.base}/queues/q`, keys],
  ]
  for (const one of refused) expect([one, await anonymous(...one)]).toEqual([one, nobody])
  expect(await my.size('q')).toBe(1)
  expect(await remove(id, keys)).toBe(deleted)
})

test('ack.3 P-4 a reservation of a pull queue, a late one and one that is done need a token', async () => {
  const [id] = await my.post('pull', 'x')
  const [held] = await my.reserve('pull')
  const keys = { reservation_id: held!.reservation_id, subscriber_name: 'a' }
  expect(await anonymous('DELETE', `${my.base}/queues/pull/messages/${id}`, keys)).toBe(nobody)
  expect(await my.size('pull')).toBe(1)

  await make(['a'])
  const path = `${my.base}/queues/q/messages/`
  const done = await postOne()
  const first = await accepted()
  expect(await remove(done, { reservation_id: first.reservation_id, subscriber_name: 'a' })).toBe(deleted)
  expect(await anonymous('DELETE', path + done, { reservation_id: first.reservation_id, subscriber_name: 'a' })).toBe(
    nobody,
  )
  const late = await postOne()
  const second = await accepted()
  await ageQueue(sql, on(), 61)
  expect(await anonymous('DELETE', path + late, { reservation_id: second.reservation_id, subscriber_name: 'a' })).toBe(
    nobody,
  )
})

test('subscribers.6 one that keeps failing shows it, until it is resumed', async () => {
  await make(['a'], { retries_delay: 30, pause_after: 2 })
  await postOne()
  await answerAll(() => 500)
  const shown = async () => (await my.send('GET', '/queues/q')).json.queue.push!.subscribers
  expect(await shown()).toEqual([{ name: 'a', url: url('a'), failing: { failures: 1 } }])
  await ageQueue(sql, on(), 31)
  await answerAll(() => 500)
  expect(await shown()).toEqual([{ name: 'a', url: url('a'), failing: { failures: 2, paused_until: time } }])
  await ageQueue(sql, on(), 31)
  expect(await claimDue(v3.core.pushing, on())).toEqual([])
  expect(await my.say('POST', '/queues/q/subscribers/a/resume')).toBe('200 {"msg":"Resumed"}')
  expect(await shown()).toEqual([{ name: 'a', url: url('a') }])
  expect(await claimDue(v3.core.pushing, on())).toHaveLength(1)
})

test('http.12 no answer of this file was a fault of ours', () => {
  expect(v3.faults).toEqual([])
})
