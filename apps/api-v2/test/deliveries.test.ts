import type { ClaimedDelivery } from '@weldmq/queue-core'
import { ageQueue, deliver, sqlFor } from '@weldmq/testing'
import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV2 } from './v2.ts'

const v2 = await startV2()
const sql = sqlFor(v2.database)
let my: InProject
beforeEach(async () => {
  my = await v2.aProject()
})

const on = () => ({ project: my.id, queue: 'q' })
const update = (body: object) => my.send('POST', '/queues/q', body)
const urls = (...names: string[]) => names.map((name) => ({ url: `http://${name}/` }))
const postOne = async () => (await my.post('q', 'work'))[0]!
type Answers = Parameters<typeof deliver<never, ClaimedDelivery>>[2]
const answerAll = (answer?: Answers) => deliver(v2.core.pushing, on(), answer)
const statuses = async (id: string) => (await my.send('GET', `/queues/q/messages/${id}/subscribers`)).json.subscribers
const acknowledge = (id: string, delivery: string, queue = 'q') =>
  my.say('DELETE', `/queues/${queue}/messages/${id}/subscribers/${delivery}`)

const digits = expect.stringMatching(/^1\d{18}$/) as string
const entry = (name: string, status: string, status_code = 0, retries_remaining = 2) => ({
  id: digits,
  url: `http://${name}/`,
  retries_delay: 60,
  retries_remaining,
  status_code,
  status,
})
const deleted = '200 {"msg":"Deleted"}'
const noMessage = '404 {"msg":"Message not found"}'

test('statuses.1 S3 S5 one entry for each subscriber of a multicast queue, with an id of its own that stays', async () => {
  await update({ subscribers: urls('a', 'a', 'b') })
  const id = await postOne()
  const first = await statuses(id)
  const queued = (name: string) => entry(name, 'queued', 0, 3)
  expect(first).toEqual([queued('a'), queued('a'), queued('b')])
  expect(new Set(first.map((one) => one.id)).size).toBe(3)
  await answerAll(() => 500)
  expect((await statuses(id)).map((one) => one.id)).toEqual(first.map((one) => one.id))
})

test('statuses.1 S5 exactly one entry of a unicast queue, and none of a pull queue', async () => {
  await update({ push_type: 'unicast', subscribers: urls('a', 'b') })
  const id = await postOne()
  expect(await statuses(id)).toEqual([entry('a', 'queued', 0, 3)])
  await answerAll(() => 500)
  expect(await statuses(id)).toMatchObject([{ status: 'retrying', status_code: 500 }])
  const [pull] = await my.post('pull', 'x')
  expect(await my.say('GET', `/queues/pull/messages/${pull}/subscribers`)).toBe('200 {"subscribers":[]}')
})

test('statuses.2 S7 S8 S10 the words for what becomes of a delivery', async () => {
  await update({ retries: 1, subscribers: urls('a', 'b', 'c') })
  const id = await postOne()
  const answer: Answers = ({ subscriber: { url } }) => (url.includes('a') ? 200 : url.includes('b') ? 202 : 503)
  await answerAll(answer)
  expect(await statuses(id)).toEqual([
    entry('a', 'deleted', 200, 0),
    entry('b', 'reserved', 202, 0),
    entry('c', 'retrying', 503, 0),
  ])
  await ageQueue(sql, on(), 61)
  await answerAll(answer)
  expect(await statuses(id)).toEqual([
    entry('a', 'deleted', 200, 0),
    entry('b', 'reserved', 202, 0),
    entry('c', 'error', 503, 0),
  ])
  await ageQueue(sql, on(), 61)
  await answerAll(answer)
  expect((await statuses(id))[1]).toEqual(entry('b', 'error', 202, 0))
})

test('statuses.3 S6 they stay when the subscriber and the message are gone', async () => {
  await update({ subscribers: urls('a') })
  const id = await postOne()
  await answerAll()
  await my.send('DELETE', '/queues/q/subscribers', { subscribers: urls('a') })
  await ageQueue(sql, on(), 3600)
  expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe(noMessage)
  expect(await statuses(id)).toEqual([entry('a', 'deleted', 200)])
})

test('statuses.4 unknown messages and queues are not found', async () => {
  await update({ subscribers: urls('a') })
  for (const id of ['1000000000099999999', 'word']) {
    expect(await my.say('GET', `/queues/q/messages/${id}/subscribers`)).toBe(noMessage)
  }
  expect(await my.say('GET', '/queues/none/messages/5/subscribers')).toBe('404 {"msg":"Queue not found"}')
})

test('message.2 4.5 G3 a push message is shown while it is delivered and afterwards, with the retries it has left', async () => {
  await update({ subscribers: urls('a', 'b') })
  const id = await postOne()
  const found = async () => (await my.send('GET', `/queues/q/messages/${id}`)).text
  const shown = (status: string, left: number) =>
    `{"id":"${id}","body":"work","timeout":60,"reserved_count":0,"status":"${status}",` +
    `"push_status":{"retries_remaining":${left}}}`
  expect(await found()).toBe(shown('reserved', 3))
  await answerAll()
  expect(await found()).toBe(shown('deleted', 2))
})

test('deliver.1 V-9 K8 deliveries of a queue made here have 60 s to answer, and the timeout of the post to acknowledge', async () => {
  await update({ subscribers: urls('a'), retries: 0 })
  await my.send('POST', '/queues/q/messages', { messages: [{ body: 'x', timeout: 2, push_headers: { A: 'b' } }] })
  const [delivery] = await answerAll(() => 202)
  expect(delivery).toMatchObject({ door: 'v2', answerSeconds: 60, pushHeaders: { A: 'b' } })
  await ageQueue(sql, on(), 3)
  await answerAll()
  expect(await my.size('q')).toBe(0)
})

test('deliver.2 U9 Q4 what waits when a queue becomes a push queue can still be got, and is not delivered', async () => {
  await my.post('q', 'before')
  await update({ subscribers: urls('a') })
  await my.post('q', 'after')
  expect((await answerAll()).map(({ body }) => body.toString())).toEqual(['after'])
  expect((await my.send('GET', '/queues/q/messages/peek')).json.messages).toMatchObject([{ push_status: {} }])
  expect(await my.drain('q')).toEqual(['before'])
})

test('deliver.2 Q2 what is not delivered when a queue becomes a pull queue can be got', async () => {
  await update({ subscribers: urls('a') })
  await my.post('q', 'left')
  await update({ push_type: 'pull' })
  await answerAll()
  expect(await my.drain('q')).toEqual(['left'])
})

test('acknowledge.1 K4 K5 K7 S4 S9 by the id of the delivery, once more too', async () => {
  await update({ subscribers: urls('a', 'b') })
  const id = await postOne()
  await answerAll(() => 202)
  const [one, other] = await statuses(id)
  expect(await acknowledge(id, one!.id)).toBe(deleted)
  expect(await statuses(id)).toEqual([entry('a', 'deleted', 200), entry('b', 'reserved', 202)])
  expect(await acknowledge(id, one!.id)).toBe(deleted)
  expect(await acknowledge(id, other!.id)).toBe(deleted)
  expect(await my.size('q')).toBe(0)
  expect(await acknowledge(id, other!.id)).toBe(deleted)
})

test('acknowledge.1 the id a delivery is sent with is the one that its status shows', async () => {
  await update({ push_type: 'unicast', subscribers: urls('a', 'b') })
  const id = await postOne()
  const [delivery] = await answerAll(() => 202)
  expect((await statuses(id))[0]!.id).toBe(delivery!.deliveryId)
  expect(await acknowledge(id, delivery!.deliveryId)).toBe(deleted)
})

test('acknowledge.2 an unknown id, message or queue is not found', async () => {
  await update({ subscribers: urls('a') })
  const id = await postOne()
  await answerAll(() => 202)
  const [one] = await statuses(id)
  for (const wrong of ['1000000000000000000', 'x', '']) {
    expect((await acknowledge(id, wrong)).slice(0, 4)).toBe(wrong === '' ? '405 ' : '404 ')
  }
  expect(await acknowledge('1000000000099999999', one!.id)).toBe(noMessage)
  expect(await acknowledge(id, one!.id, 'none')).toBe('404 {"msg":"Queue not found"}')
  const [pull] = await my.post('pull', 'x')
  expect((await acknowledge(pull!, one!.id, 'pull')).slice(0, 3)).toMatch(/40[34]/)
  expect(await my.size('q')).toBe(1)
})

test('acknowledge.3 M22 a queue that was made through v3 as well', async () => {
  const subscribers = [{ name: 'a', url: 'http://a/' }]
  await v2.core.putQueue({ ...on(), settings: { push: { subscribers } } })
  const id = await postOne()
  const [delivery] = await answerAll(() => 202)
  expect(await acknowledge(id, delivery!.deliveryId)).toBe(deleted)
})

async function anonymous(method: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(v2.url + path, { method, headers, ...(method === 'DELETE' && { body: '{}' }) })
  return `${answer.status} ${await answer.text()}`
}
const nobody = '401 {"msg":"Invalid project/token combination"}'

test('acknowledge.4 P-4 K9 whoever knows the id of a delivery needs no token', async () => {
  await update({ subscribers: urls('a') })
  const id = await postOne()
  const [delivery] = await answerAll(() => 202)
  const path = `${my.base}/queues/q/messages/${id}/subscribers/${delivery!.deliveryId}`
  expect(await anonymous('DELETE', path)).toBe(deleted)
  expect(await statuses(id)).toEqual([entry('a', 'deleted', 200)])
})

test('acknowledge.4 P-4 anything else without a token is 401, and changes nothing', async () => {
  await update({ subscribers: urls('a') })
  const id = await postOne()
  const [delivery] = await answerAll(() => 202)
  const stranger = await v2.aProject()
  const message = `${my.base}/queues/q/messages/${id}`
  const path = `${message}/subscribers/${delivery!.deliveryId}`
  const refused: [method: string, path: string, headers?: Record<string, string>][] = [
    ['DELETE', path, { Authorization: 'OAuth wrong' }],
    ['DELETE', path, { Authorization: `OAuth ${stranger.token}` }],
    ['DELETE', `${path}?oauth=wrong`],
    ['DELETE', `${message}/subscribers/1000000000000000000`],
    ['DELETE', `${message}/subscribers/x`],
    ['DELETE', path.replace(id, '1000000000099999999')],
    ['DELETE', path.replace(id, 'word')],
    ['DELETE', path.replace('/q/', '/none/')],
    ['DELETE', path.replace('/q/', '/%ff/')],
    ['DELETE', path.replace(my.id, stranger.id)],
    ['DELETE', path.replace(my.id, '4e25e1d25c0dd27801000275')],
    ['DELETE', message],
    ['DELETE', `${my.base}/queues/q/messages`],
    ['GET', `${message}/subscribers`],
    ['GET', message],
    ['POST', `${my.base}/queues/q/clear`],
  ]
  for (const one of refused) expect([one, await anonymous(...one)]).toEqual([one, nobody])
  expect(await my.size('q')).toBe(1)
  expect(await anonymous('DELETE', path)).toBe(deleted)
})

test('http.1 no answer of this file was a fault of ours', () => {
  expect(v2.faults).toEqual([])
})

test('subscribers.2 a token without manage is not shown what opens them', async () => {
  const url = 'https://user:geheim@example.com/hook?key=geheim'
  await update({ subscribers: [{ url, headers: { 'X-A': 'geheim' } }] })
  const id = await postOne()
  const consumer = { Authorization: `OAuth ${await my.tokenFor({ scopes: ['consume'] })}` }
  const as = (path: string) => my.send('GET', path, undefined, consumer)
  expect((await as('/queues/q')).json).toMatchObject({ subscribers: [{ url: 'https://example.com/hook' }] })
  expect((await as(`/queues/q/messages/${id}/subscribers`)).json.subscribers).toMatchObject([
    { url: 'https://example.com/hook' },
  ])
  expect((await as('/queues/q')).text).not.toContain('geheim')
  expect((await my.send('GET', '/queues/q')).json.subscribers[0]).toMatchObject({ url })
})
