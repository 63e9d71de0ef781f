import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import type { ReserveMessages } from '@weldmq/queue-core'
import { letPass, sqlFor } from '@weldmq/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type InProject, startV2 } from './v2.ts'

const reserves = new EventEmitter()
const v2 = await startV2((core) => ({
  ...core,
  reserveMessages(command) {
    reserves.emit('reserve', command)
    return core.reserveMessages(command)
  },
}))
const sql = sqlFor(v2.database)
afterAll(() => sql.end())
let my: InProject
beforeEach(async () => {
  my = await v2.aProject()
})

const noMessage = '404 {"msg":"Message not found"}'
const noQueue = '404 {"msg":"Queue not found"}'
const nothing = '200 {"messages":[]}'
const unknown = '1000000000099999999'
const digits = expect.stringMatching(/^1\d{18}$/) as string

const post = async (...messages: Record<string, unknown>[]) =>
  (await my.send('POST', '/queues/q/messages', { messages })).json.ids
const pass = async (seconds: number) => {
  const on = { project: my.id, queue: 'q' }
  await letPass(sql, on, seconds)
}
const at = (id: string | undefined, call = '') => `/queues/q/messages/${id}${call}`

test('post.1 P1 P3 the answer of a post', async () => {
  const answer = await my.send('POST', '/queues/q/messages', { messages: [{ body: 'a' }, { body: 'b' }] })
  expect(answer.status).toBe(200)
  expect(answer.json).toEqual({ ids: [digits, digits], msg: 'Messages put on queue.' })
  expect((await my.get('q', 'n=2')).map(({ id }) => id)).toEqual(answer.json.ids)
})

test.each([
  [{}, '406 {"msg":"messages is required"}'],
  [{ messages: [] }, '400 {"msg":"messages must not be empty"}'],
  [{ messages: [{ body: 'a' }, {}] }, '406 {"msg":"messages[1].body is required"}'],
  [{ messages: [{ body: 'a' }, { body: 5 }] }, '400 {"msg":"messages[1].body must be a string"}'],
  [{ messages: ['a'] }, '400 {"msg":"messages[0] must be an object"}'],
])('post.2 P2 %j is refused, and nothing is stored', async (body, answer) => {
  expect(await my.say('POST', '/queues/q/messages', body)).toBe(answer)
  expect(await my.say('GET', '/queues')).toBe('200 []')
})

test.each([
  [{ timeout: 86_401 }, 'timeout must be between 1 and 86400, or 0 for the default'],
  [{ timeout: -1 }, 'timeout must be between 1 and 86400, or 0 for the default'],
  [{ timeout: 'long' }, 'timeout must be an integer'],
  [{ delay: 604_801 }, 'delay must be between 0 and 604800'],
  [{ delay: -1 }, 'delay must be between 0 and 604800'],
  [{ expires_in: 2_592_001 }, 'expires_in must be between 1 and 2592000, or 0 for the default'],
  [{ push_headers: { 'Content-Type': 'x' } }, 'push_headers must not set the header Content-Type'],
])('post.3 4.1 %j is refused', async (more, rule) => {
  const answer = await my.say('POST', '/queues/q/messages', { messages: [{ body: 'a', ...more }] })
  expect(answer).toBe(`400 ${JSON.stringify({ msg: `messages[0].${rule}` })}`)
})

test('post.3 4.1 V-5 zeros are the defaults, short timeouts are fine', async () => {
  await post(
    { body: 'a', timeout: 0, delay: 0, expires_in: 0, reserved_count: 0 }, // Java
    { body: 'b', timeout: 2 },
    { body: 'c', timeout: '30' },
    { body: 'd', delay: 604_800 },
    { body: 'e', expires_in: 1 }, // which may have passed by now
  )
  const got = await my.get('q', 'n=4')
  expect(got.flatMap(({ body, timeout }) => (body === 'e' ? [] : [[body, timeout]]))).toEqual([
    ['a', 60],
    ['b', 2],
    ['c', 30],
  ])
})

test('post.3 a message is gone when its own time has passed', async () => {
  await post({ body: 'a', expires_in: 10 }, { body: 'b', expires_in: 1000 }, { body: 'c' })
  await pass(100)
  expect(await my.drain('q')).toEqual(['b', 'c'])
  expect(await my.size('q')).toBe(2)
})

test.each(['', ' ', '{"json":[1,null]}', 'ünïcödé 🎉', 'a\0b', '\ud800', '\u2028'])(
  'post.4 the body %j comes back as it was',
  async (body) => {
    await post({ body })
    expect(await my.get('q')).toMatchObject([{ body }])
  },
)

test('webhook.1 the request body is the message', async () => {
  const answer = await my.send('POST', '/queues/q/messages/webhook', '{"any":"thing"', { 'X-Subscribers-A': 'b' })
  expect(answer.status).toBe(200)
  expect(answer.json).toEqual({ ids: [digits], msg: 'Messages put on queue.' })
  const hook = await fetch(`${v2.url + my.base}/queues/q/messages/webhook?oauth=${my.token}`, { method: 'POST' })
  expect(hook.status).toBe(200)
  expect(await my.drain('q')).toEqual(['{"any":"thing"', ''])
  expect(await sql`select push_headers from weldmq.messages where push_headers is not null`).toEqual([
    { push_headers: { A: 'b' } },
  ])
})

test('get.1 G1 G3 G4 G9 G10 a get reserves, and shows no reservation', async () => {
  const [id] = await post({ body: 'a' })
  expect(await my.say('GET', '/queues/q/messages?n=1')).toBe(
    `200 {"messages":[{"id":"${id}","body":"a","timeout":60,"reserved_count":1,"push_status":{}}]}`,
  )
  expect(await my.say('GET', '/queues/q/messages')).toBe(nothing)
  await pass(60)
  expect(await my.get('q')).toMatchObject([{ id, reserved_count: 2 }])
})

test('get.2 G2 the timeout in force is shown, and is in force', async () => {
  await post({ body: 'a', timeout: 30 }, { body: 'b', timeout: 30 }, { body: 'c' })
  expect((await my.get('q', 'n=1&timeout=0')).map(({ timeout }) => timeout)).toEqual([30])
  expect((await my.get('q', 'n=2&timeout=90')).map(({ timeout }) => timeout)).toEqual([90, 90])
  await pass(31)
  expect(await my.get('q', 'n=3')).toMatchObject([{ body: 'a' }])
  await pass(60)
  expect((await my.get('q', 'n=3')).map(({ body }) => body)).toEqual(expect.arrayContaining(['b', 'c']))
})

test('get.3 G5 G6 G7 nothing there is an empty list, without a queue too', async () => {
  expect(await my.say('GET', '/queues/q/messages')).toBe(nothing)
  expect(await my.say('GET', '/queues/q/messages?delete=true&n=5')).toBe(nothing)
  expect(await my.say('GET', '/queues/q/messages/peek')).toBe(nothing)
  expect(await my.say('GET', '/queues')).toBe('200 []')
  await my.send('POST', '/queues/q')
  expect(await my.say('GET', '/queues/q/messages')).toBe(nothing)
})

test('get.4 V-10 values beyond the most are the most', async () => {
  await post(...Array.from({ length: 101 }, (_, i) => ({ body: String(i) })))
  expect(await my.get('q', 'n=0')).toHaveLength(1)
  expect(await my.get('q', 'n=1000')).toHaveLength(100)
  expect(await my.get('q', 'n=1000')).toHaveLength(0)
  const [asked] = await Promise.all([once(reserves, 'reserve'), post({ body: 'x' }), my.get('q', 'wait=60')])
  expect((asked[0] as ReserveMessages).waitSeconds).toBe(30)
})

test.each([
  ['n=x', 'n must be an integer'],
  ['n=-1', 'n must not be negative'],
  ['timeout=86401', 'timeout must be between 1 and 86400, or 0 for the default'],
  ['timeout=1.5', 'timeout must be an integer'],
  ['wait=-1', 'wait must not be negative'],
  ['delete=perhaps', 'delete must be true or false'],
])('get.4 %s is refused', async (query, msg) => {
  expect(await my.say('GET', `/queues/q/messages?${query}`)).toBe(`400 ${JSON.stringify({ msg })}`)
})

test('get.5 G8 messages are handed out once and for all', async () => {
  await my.post('q', 'a', 'b')
  expect(await my.get('q', 'n=5&delete=true')).toMatchObject([{ body: 'a' }, { body: 'b' }])
  expect(await my.size('q')).toBe(0)
  await my.post('q', 'c')
  expect(await my.get('q', 'delete=false')).toMatchObject([{ body: 'c' }])
  expect(await my.size('q')).toBe(1)
})

test('get.6 a wait gets what is posted meanwhile', async () => {
  await my.send('POST', '/queues/q')
  const waiting = my.get('q', 'wait=20')
  await once(reserves, 'reserve')
  await my.post('q', 'a')
  expect(await waiting).toMatchObject([{ body: 'a' }])
})

test('get.6 G11 so does a wait on a queue that does not exist yet', async () => {
  const waiting = my.get('q', 'wait=20')
  const ending = my.say('GET', '/queues/never/messages?wait=1')
  await once(reserves, 'reserve')
  expect(await my.say('GET', '/queues')).toBe('200 []')
  await my.post('q', 'a')
  expect(await waiting).toMatchObject([{ body: 'a' }])
  expect(await ending).toBe(nothing)
})

test('get.7 whoever hangs up while waiting gets nothing', async () => {
  await my.send('POST', '/queues/q')
  const socket = connect(v2.port, '127.0.0.1')
  const reserving = once(reserves, 'reserve')
  socket.write(`GET ${my.base}/queues/q/messages?wait=20&oauth=${my.token} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const [command] = (await reserving) as [ReserveMessages]
  const gone = once(command.signal!, 'abort')
  socket.destroy()
  await gone
  await my.post('q', 'a')
  // It may just be on its way back from the one who left.
  expect(await my.get('q', 'wait=20')).toMatchObject([{ body: 'a', reserved_count: 1 }])
})

test('get.8 a token that ends while its get waits has nothing more', async () => {
  const token = await v2.core.createToken({ projects: [my.id] })
  if (!token.ok) throw new Error('no token')
  const reserving = once(reserves, 'reserve')
  const asBearer = { Authorization: `OAuth ${token.value.secret}` }
  const waiting = my.say('GET', '/queues/not-there/messages?wait=30', undefined, asBearer)
  await reserving
  await v2.core.deleteToken({ id: token.value.id })
  expect(await waiting).toBe(nothing)
})

test('peek.1 4.4 shows what a get would return, and changes nothing', async () => {
  const ids = await post({ body: 'a', timeout: 30 }, { body: 'b' }, { body: 'c', delay: 100 })
  expect(await my.say('GET', '/queues/q/messages/peek?n=2&timeout=0')).toBe(
    `200 {"messages":[{"id":"${ids[0]}","body":"a","timeout":30,"reserved_count":0,"push_status":{}},` +
      `{"id":"${ids[1]}","body":"b","timeout":60,"reserved_count":0,"push_status":{}}]}`,
  )
  await my.get('q')
  expect(await my.say('GET', '/queues/q/messages/peek')).toContain('"body":"b"')
  expect(await my.say('GET', '/queues/q/messages/peek?n=x')).toBe('400 {"msg":"n must be an integer"}')
})

test('message.1 4.5 a message by its id, in each state', async () => {
  const [id] = await post({ body: 'a', delay: 100, timeout: 30 })
  const shown = (status: string, count: number) =>
    `200 {"id":"${id}","body":"a","timeout":30,"reserved_count":${count},"status":"${status}"}`
  expect(await my.say('GET', at(id))).toBe(shown('delayed', 0))
  await pass(100)
  expect(await my.say('GET', at(id))).toBe(shown('available', 0))
  await my.get('q')
  expect(await my.say('GET', at(id))).toBe(shown('reserved', 1))
  await pass(30)
  expect(await my.say('GET', at(id))).toBe(shown('available', 1))
  await my.send('DELETE', at(id))
  expect(await my.say('GET', at(id))).toBe(noMessage)
  expect(await my.say('GET', at('nonsense'))).toBe(noMessage)
  expect(await my.say('GET', '/queues/none/messages/5')).toBe(noQueue)
})

test('delete.1 X1 X2 X3 the id is enough', async () => {
  const ids = await my.post('q', 'free', 'held', 'late')
  expect(await my.say('DELETE', at(ids[0]))).toBe('200 {"msg":"Deleted"}')
  await my.get('q', 'timeout=100')
  await my.get('q', 'timeout=10')
  await pass(11)
  expect(await my.say('DELETE', at(ids[1]), '{}')).toBe('200 {"msg":"Deleted"}')
  expect(await my.say('DELETE', at(ids[2]), { oauth: my.token })).toBe('200 {"msg":"Deleted"}')
  expect(await my.size('q')).toBe(0)
  for (const id of [ids[0], unknown, 'nonsense']) expect(await my.say('DELETE', at(id))).toBe(noMessage)
  expect(await my.say('DELETE', '/queues/none/messages/5')).toBe(noQueue)
})

test('batch.1 B1 B3 B4 B6 several in every form', async () => {
  const remove = (ids: unknown) => my.say('DELETE', '/queues/q/messages', { ids })
  const ids = await my.post('q', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
  await my.get('q', 'n=2')
  expect(await remove([ids[0], ids[2]])).toBe('200 {"msg":"Deleted"}')
  expect(await remove([{ id: ids[1] }, ids[3], { id: ids[3] }])).toBe('200 {"msg":"Deleted"}')
  expect(await remove([[ids[4], ids[5]]])).toBe('200 {"msg":"Deleted"}')
  expect(await remove([unknown, ids[6], 'nonsense', ids[0]])).toBe('200 {"msg":"Deleted"}')
  expect(await my.drain('q')).toEqual(['h'])
  expect(await my.say('DELETE', '/queues/none/messages', { ids: [unknown] })).toBe(noQueue)
})

test.each([
  [{}, '406 {"msg":"ids is required"}'],
  [{ ids: null }, '406 {"msg":"ids is required"}'],
  [{ ids: [] }, '400 {"msg":"ids must not be empty"}'],
  [{ ids: 'x' }, '400 {"msg":"ids must be an array"}'],
  [{ ids: [{}] }, '406 {"msg":"ids[0].id is required"}'],
  [{ ids: Array<string>(101).fill(unknown) }, '400 {"msg":"ids must have at most 100 elements"}'],
  ['{"ids":[1000000000000000001]}', '400 {"msg":"ids[0].id must be a string, or a number that is an exact integer"}'],
])('batch.2 B2 B5 %j never clears', async (body, answer) => {
  await my.post('q', 'a')
  expect(await my.say('DELETE', '/queues/q/messages', body)).toBe(answer)
  expect(await my.say('DELETE', '/queues/none/messages', body)).toBe(noQueue)
  expect(await my.size('q')).toBe(1)
})

test('touch.1 T1 T2 T3 T7 the time of the message begins anew', async () => {
  const [id] = await post({ body: 'a', timeout: 100 })
  await my.get('q', 'timeout=300')
  expect(await my.say('POST', at(id, '/touch'), { timeout: 1000 })).toBe('200 {"msg":"Touched"}')
  await pass(60)
  expect(await my.get('q')).toEqual([])
  expect(await my.say('POST', at(id, '/touch'))).toBe('200 {"msg":"Touched"}')
  await pass(60)
  expect(await my.get('q')).toEqual([])
  await pass(40)
  expect(await my.get('q')).toMatchObject([{ id, reserved_count: 4 }])
})

test('touch.2 T5 T6 what nobody holds is reserved, what is not there is 404', async () => {
  const [free, delayed] = await post({ body: 'a', timeout: 30 }, { body: 'b', delay: 100 })
  expect(await my.say('POST', at(free, '/touch'))).toBe('200 {"msg":"Touched"}')
  expect(await my.say('POST', at(delayed, '/touch'))).toBe('200 {"msg":"Touched"}')
  expect(await my.get('q', 'n=2')).toEqual([])
  expect(await my.say('GET', at(free))).toContain('"status":"reserved"')
  await pass(30)
  expect(await my.get('q', 'n=2')).toMatchObject([{ id: free, reserved_count: 2 }])
  for (const id of [unknown, 'nonsense']) expect(await my.say('POST', at(id, '/touch'))).toBe(noMessage)
  expect(await my.say('POST', '/queues/none/messages/5/touch')).toBe(noQueue)
})

test('release.1 E1 E3 E4 E6 O3 a released message goes to the end', async () => {
  const ids = await my.post('q', 'a', 'b', 'c')
  await my.get('q', 'n=2')
  expect(await my.say('POST', at(ids[0], '/release'))).toBe('200 {"msg":"Released"}')
  expect(await my.say('POST', at(ids[1], '/release'), { delay: 40 })).toBe('200 {"msg":"Released"}')
  expect(await my.drain('q')).toEqual(['c', 'a'])
  await pass(20)
  expect(await my.drain('q')).toEqual([])
  await pass(20)
  expect(await my.drain('q')).toEqual(['b'])
})

test.each([
  [{ delay: -1 }, 'delay must be between 0 and 604800'],
  [{ delay: 604_801 }, 'delay must be between 0 and 604800'],
  [{ delay: 'x' }, 'delay must be an integer'],
])('release.1 E1 %j is refused', async (body, msg) => {
  const [id] = await my.post('q', 'a')
  expect(await my.say('POST', at(id, '/release'), body)).toBe(`400 ${JSON.stringify({ msg })}`)
  expect(await my.say('POST', at(unknown, '/release'), body)).toBe(noMessage)
})

test('release.2 E5 M9 a free message stays where it is, and is delayed when asked for', async () => {
  const [first, second] = await my.post('q', 'a', 'b')
  expect(await my.say('POST', at(first, '/release'), '{"delay":0}')).toBe('200 {"msg":"Released"}')
  expect(await my.say('GET', '/queues/q/messages/peek?n=2')).toMatch(/"a".*"b"/)
  expect(await my.say('POST', at(second, '/release'), { delay: 30 })).toBe('200 {"msg":"Released"}')
  expect(await my.drain('q')).toEqual(['a'])
  expect(await my.say('POST', at(second, '/release'))).toBe('200 {"msg":"Released"}')
  await pass(30)
  expect(await my.drain('q')).toEqual(['b'])
  expect(await my.say('POST', at(unknown, '/release'))).toBe(noMessage)
})

test('order.1 O1 O2 first in, first out; whose time ran out goes to the end, after a touch too', async () => {
  await my.post('q', 'first', 'second', 'third')
  const [first] = await my.get('q', 'timeout=10')
  await my.say('POST', at(first!.id, '/touch'))
  await pass(60)
  expect(await my.say('GET', '/queues/q/messages/peek?n=3')).toMatch(/"second".*"third".*"first"/)
  expect(await my.get('q')).toMatchObject([{ body: 'second' }])
})
