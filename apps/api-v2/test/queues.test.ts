import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV2 } from './v2.ts'

const v2 = await startV2()
let my: InProject
beforeEach(async () => {
  my = await v2.aProject()
})

const noQueue = '404 {"msg":"Queue not found"}'
const hex24 = expect.stringMatching(/^[0-9a-f]{24}$/) as string
const names = async (query: string) => {
  const { json } = await my.send('GET', `/queues?${query}`)
  return (json as unknown as { name: string }[]).map(({ name }) => name)
}

test('list.1 a bare list, by the bytes of the names', async () => {
  expect(await my.say('GET', '/queues')).toBe('200 []')
  for (const name of ['b', 'a', 'B', '%C3%A4']) await my.send('POST', `/queues/${name}`)
  const { json } = await my.send('GET', '/queues')
  expect(json).toEqual(['B', 'a', 'b', 'ä'].map((name) => ({ id: hex24, project_id: my.id, name })))
})

test('list.2 pages', async () => {
  await Promise.all(Array.from({ length: 32 }, (_, i) => my.send('POST', `/queues/q${String(i).padStart(2, '0')}`)))
  expect(await names('')).toHaveLength(30)
  expect(await names('page=1')).toEqual(['q30', 'q31'])
  expect(await names('page=2&per_page=5')).toEqual(['q10', 'q11', 'q12', 'q13', 'q14'])
  expect(await names('per_page=1000')).toHaveLength(32)
  expect(await names('per_page=0')).toHaveLength(30)
  expect(await names('page=50')).toEqual([])
  expect(await names('page=100&per_page=100')).toEqual([])
})

test.each([
  ['page=x', 'page must be an integer'],
  ['page=1.5', 'page must be an integer'],
  ['page=-1', 'page must be between 0 and 100'],
  ['page=101', 'page must be between 0 and 100'],
  ['per_page=x', 'per_page must be an integer'],
  ['per_page=-1', 'per_page must not be negative'],
])('list.3 %s is refused', async (query, msg) => {
  expect(await my.say('GET', `/queues?${query}`)).toBe(`400 ${JSON.stringify({ msg })}`)
})

test('queue.1 I1 I2 info is flat and whole', async () => {
  expect(await my.say('GET', '/queues/q')).toBe(noQueue)
  await my.post('q', 'a', 'b', 'c')
  await my.get('q')
  const [id] = await my.post('q', 'd')
  await my.send('DELETE', `/queues/q/messages/${id}`)
  expect((await my.send('GET', '/queues/q')).json).toEqual({
    id: hex24,
    name: 'q',
    project_id: my.id,
    size: 3,
    total_messages: 4,
  })
})

test('queue.2 the id of a queue is its own', async () => {
  const first = (await my.send('POST', '/queues/q')).json.id
  expect((await my.send('GET', '/queues/q')).json.id).toBe(first)
  await my.send('DELETE', '/queues/q')
  expect((await my.send('POST', '/queues/q')).json.id).not.toBe(first)
})

const pull = (name = 'q') => ({ id: hex24, name, project_id: my.id, size: 0, total_messages: 0 })
const update = async (body: unknown, name = 'q') => (await my.send('POST', `/queues/${name}`, body)).json

test('update.1 creates, and answers the whole object', async () => {
  expect(await update({})).toEqual(pull())
  expect(await update({ push_type: 'pull' }, 'other')).toEqual(pull('other'))
  expect(await update({ push_type: 'unicast', subscribers: [{ url: 'http://example.com/' }] }, 'new')).toEqual({
    ...pull('new'),
    push_type: 'unicast',
    retries: 3,
    retries_delay: 60,
    subscribers: [{ url: 'http://example.com/' }],
  })
})

test('update.2 U4 U5 subscribers make a push queue, and what is left out stays', async () => {
  await update({})
  const subscribers = [{ url: 'http://example.com/', headers: { 'X-A': 'b' } }, { url: 'http://example.com/' }]
  const multicast = { ...pull(), push_type: 'multicast', retries: 3, retries_delay: 60, subscribers }
  expect(await update({ subscribers })).toEqual(multicast)
  expect(await update({ retries: 0, retries_delay: 3 })).toEqual({ ...multicast, retries: 0, retries_delay: 3 })
  const settled = { ...multicast, retries: 0, retries_delay: 3, error_queue: 'errors' }
  expect(await update({ error_queue: 'errors' })).toEqual(settled)
  expect(await update({ push_type: 'unicast' })).toEqual({ ...settled, push_type: 'unicast' })
  const { error_queue: _, ...withoutErrors } = settled
  expect(await update({ error_queue: '', subscribers: [] })).toEqual({
    ...withoutErrors,
    push_type: 'unicast',
    subscribers: [],
  })
  expect((await my.send('GET', '/queues')).json).toHaveLength(1) // an error queue is made by its first message
})

test('update.2 nothing else makes a push queue of a pull queue', async () => {
  expect(await update({ retries: 5, retries_delay: 10, error_queue: 'e', subscribers: [] })).toEqual(pull())
})

test('update.3 U6 U7 U9 without subscribers, and back to pull; messages stay', async () => {
  await my.post('q', 'a')
  expect(await update({ push_type: 'multicast' })).toMatchObject({ push_type: 'multicast', subscribers: [], size: 1 })
  expect(await my.get('q', 'n=1')).toMatchObject([{ body: 'a' }])
  expect(await update({ push_type: 'pull' })).toEqual({ ...pull(), size: 1, total_messages: 1 })
})

test('update.4 U10 U11 what some clients send by mistake counts as not given', async () => {
  expect(await update({ pushType: 'unicast', push_type: 'push' })).toEqual(pull())
  const multicast = await update({ pushType: 'unicast', subscribers: [{ url: 'example.com/x' }] })
  expect(multicast).toMatchObject({ push_type: 'multicast', subscribers: [{ url: 'example.com/x' }] })
})

test.each([
  [{ retries: 101 }, 'retries must be a whole number between 0 and 100'],
  [{ retries: -1 }, 'retries must be a whole number between 0 and 100'],
  [{ retries_delay: 2 }, 'retries_delay must be a whole number between 3 and 86400'],
  [{ retries_delay: 86_401 }, 'retries_delay must be a whole number between 3 and 86400'],
  [{ retries_delay: 3.5 }, 'retries_delay must be an integer'],
  [{ push_type: 'broadcast' }, 'push_type must be one of multicast, unicast, pull'],
  [{ push_type: 5 }, 'push_type must be one of multicast, unicast, pull'],
  [{ error_queue: 'q' }, 'error_queue must not be the queue itself'],
  [{ error_queue: 'a/b' }, 'error_queue must not contain a slash or NUL'],
  [{ subscribers: {} }, 'subscribers must be an array'],
  [{ subscribers: ['http://a/'] }, 'subscribers[0] must be an object'],
  [{ subscribers: [{ url: '' }] }, 'subscribers[0].url must be an address without spaces'],
  [{ subscribers: [{ url: 'http://a/', headers: { a: 1 } }] }, 'subscribers[0].headers.a must be a string'],
  [
    { subscribers: [{ url: 'http://a/', headers: { 'Iron-Message-Id': '1' } }] },
    'subscribers[0].headers must not set the header Iron-Message-Id',
  ],
  [{ subscribers: [{ url: 'ftp://a/' }] }, 'subscribers[0].url must be an http, https or ironmq address'],
  [{ subscribers: [{ url: 'mailto:a@b' }] }, 'subscribers[0].url must be an http, https or ironmq address'],
  [{ subscribers: [{ url: 'ironmq:///q' }] }, 'subscribers[0].url must not be the queue itself'],
  [
    { subscribers: [{ url: 'ironmq://4e25e1d25c0dd27801000275@/x' }] },
    'subscribers[0].url must hold the token of the other project',
  ],
  [
    { subscribers: [{ url: 'ironworker:///code' }] },
    'subscribers[0].url must not be a worker: nothing here starts workers',
  ],
])('update.5 U12 %j is refused', async (body, msg) => {
  const refused = `400 ${JSON.stringify({ msg })}`
  expect(await my.say('POST', '/queues/q', body)).toBe(refused)
  expect(await my.say('GET', '/queues')).toBe('200 []')
})

test('update.5 other queues are addresses', async () => {
  const urls = ['ironmq:///other', 'ironmq://4e25e1d25c0dd27801000275:token@/q', 'ironmq://p:t@mq.example.com:8080/q']
  const subscribers = [...urls, `ironmq://${my.id}@/other`].map((url) => ({ url }))
  expect(await update({ subscribers })).toMatchObject({ subscribers })
  const itself = { subscribers: [{ url: `ironmq://${my.id}:token@/q` }] }
  expect(await my.say('POST', '/queues/q', itself)).toBe(
    '400 {"msg":"subscribers[0].url must not be the queue itself"}',
  )
})

test('update.6 all subscribers together have a limit', async () => {
  const some = (bytes: number) => ({ subscribers: [{ url: `http://a/${'x'.repeat(bytes)}` }] })
  expect((await my.send('POST', '/queues/q/subscribers', some(40_000))).status).toBe(200)
  const refused = '400 {"msg":"subscribers must be at most 65536 bytes as JSON"}'
  expect(await my.say('POST', '/queues/q/subscribers', some(40_000))).toBe(refused)
  expect(await my.say('POST', '/queues/q', some(70_000))).toBe(refused)
})

test('queue.3 deleting a queue', async () => {
  await my.post('q', 'a')
  expect(await my.say('DELETE', '/queues/q', '{}')).toBe('200 {"msg":"Deleted."}')
  expect(await my.say('DELETE', '/queues/q')).toBe(noQueue)
})

test('clear.1 C1 C2 C4 everything goes, reserved and delayed ones too', async () => {
  expect(await my.say('POST', '/queues/q/clear')).toBe(noQueue)
  await my.post('q', 'a', 'b')
  await my.send('POST', '/queues/q/messages', { messages: [{ body: 'c', delay: 100 }] })
  await my.get('q')
  expect(await my.say('POST', '/queues/q/clear', '{}')).toBe('200 {"msg":"Cleared"}')
  expect((await my.send('GET', '/queues/q')).json).toMatchObject({ size: 0, total_messages: 3 })
})

test('subscribers.1 S1 S2 adding and removing', async () => {
  const add = async (...urls: string[]) =>
    (await my.send('POST', '/queues/q/subscribers', { subscribers: urls.map((url) => ({ url })) })).json
  const remove = async (...urls: string[]) =>
    (await my.send('DELETE', '/queues/q/subscribers', { subscribers: urls.map((url) => ({ url })) })).json
  expect(await my.say('DELETE', '/queues/q/subscribers', { subscribers: [{ url: 'x' }] })).toBe(noQueue)

  const whole = { ...pull(), push_type: 'multicast', retries: 3, retries_delay: 60 }
  expect(await add('http://a/')).toEqual({ ...whole, subscribers: [{ url: 'http://a/' }] })
  const three = [{ url: 'http://a/' }, { url: 'http://b/' }, { url: 'http://a/' }]
  expect(await add('http://b/', 'http://a/')).toEqual({ ...whole, subscribers: three })
  expect(await remove('http://a/', 'http://a')).toEqual({ ...whole, subscribers: [{ url: 'http://b/' }] })
  expect(await remove('http://b/')).toEqual({ ...whole, subscribers: [] })

  await update({ push_type: 'pull' })
  expect(await remove('http://b/')).toEqual(pull())
  expect(await add('http://a/')).toMatchObject({ push_type: 'multicast' })
})
