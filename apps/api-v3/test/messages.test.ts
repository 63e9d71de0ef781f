import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import type { ReserveMessages } from '@weldmq/queue-core'
import { letPass, sqlFor } from '@weldmq/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type InProject, startV3 } from './v3.ts'

const reserves = new EventEmitter()
const v3 = await startV3((core) => ({
  ...core,
  reserveMessages(command) {
    reserves.emit('reserve', command)
    return core.reserveMessages(command)
  },
}))
const sql = sqlFor(v3.database)
afterAll(() => sql.end())
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

const noMessage = '404 {"msg":"Message not found"}'
const noQueue = '404 {"msg":"Queue not found"}'
const idRequired = '400 {"msg":"A reservation_id is required"}'
const timedOut = '403 {"msg":"Reservation timed out"}'
const deleted = '200 {"msg":"Deleted"}'
const stranger = '0123456789abcdef0123456789abcdef'
const unknown = '1000000000099999999'

async function held(body = 'a') {
  await my.post('q', body)
  const [message] = await my.reserve('q')
  return message!
}

test('reserve.1 a reservation comes with everything there is to know', async () => {
  const [id] = await my.post('q', 'a')
  const answer = await my.send('POST', '/queues/q/reservations', {})
  expect(answer.status).toBe(200)
  expect(answer.text).toMatch(
    new RegExp(
      `^\\{"messages":\\[\\{"id":"${id}","body":"a","reserved_count":1,"reservation_id":"[0-9a-f]{32}"\\}\\]\\}$`,
    ),
  )
  await my.say('POST', `/queues/q/messages/${id}/release`, answer.json.messages[0])
  const [again] = await my.reserve('q')
  expect(again).toMatchObject({ id, reserved_count: 2 })
  expect(again!.reservation_id).not.toBe(answer.json.messages[0]!.reservation_id)
})

test('reserve.2 nothing there is an empty list, no queue is not found', async () => {
  expect(await my.say('POST', '/queues/q/reservations')).toBe(noQueue)
  expect(await my.say('POST', '/queues/q/reservations', { wait: 30 })).toBe(noQueue)
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
  await my.say('PUT', '/queues/q')
  expect(await my.say('POST', '/queues/q/reservations', '{"n":100}')).toBe('200 {"messages":[]}')
})

test('reserve.3 numbers are in range, in strings too, and 0 is the default', async () => {
  await my.post('q', 'a', 'b', 'c')
  const msg = (text: string) => `400 ${JSON.stringify({ msg: text })}`
  const say = (body: unknown) => my.say('POST', '/queues/q/reservations', body)
  expect(await say({ n: 101 })).toBe(msg('n must be between 1 and 100, or 0 for the default'))
  expect(await say({ n: -1 })).toBe(msg('n must be between 1 and 100, or 0 for the default'))
  expect(await say({ n: 'two' })).toBe(msg('n must be an integer'))
  expect(await say({ timeout: 86_401 })).toBe(msg('timeout must be between 1 and 86400, or 0 for the default'))
  expect(await say({ wait: -1 })).toBe(msg('wait must not be negative'))
  expect(await say({ wait: 'long' })).toBe(msg('wait must be an integer'))
  expect(await say({ delete: 'yes' })).toBe(msg('delete must be true or false'))
  expect(await my.reserve('q', { n: 0, timeout: 0, wait: 0, delete: false })).toHaveLength(1)
  expect(await my.reserve('q', { n: '2', timeout: '3', wait: '0' })).toHaveLength(2)
})

test('reserve.4 a wait ends with the first message', async () => {
  await my.say('PUT', '/queues/q')
  const waiting = once(reserves, 'reserve')
  const answer = my.reserve('q', { wait: 60, n: 5 }) // what a published client asks for; counts as 30
  await waiting
  await my.post('q', 'a')
  expect(await answer).toMatchObject([{ body: 'a', reserved_count: 1 }])
})

test('reserve.4 a wait for nothing ends with an empty list', async () => {
  await my.say('PUT', '/queues/q')
  expect(await my.say('POST', '/queues/q/reservations', { wait: 1 })).toBe('200 {"messages":[]}')
})

test('reserve.5 with delete a message is handed out once and for all', async () => {
  const [id] = await my.post('q', 'a')
  const [message] = await my.reserve('q', { delete: true, timeout: 1 })
  expect(message).toMatchObject({ id, reserved_count: 1, reservation_id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(await my.size('q')).toBe(0)
  expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe(noMessage)
})

test('reserve.6 a client that hangs up while it waits reserves nothing', async () => {
  await my.say('PUT', '/queues/q')
  const waiting = once(reserves, 'reserve') as Promise<[ReserveMessages]>
  const socket = connect(v3.port, '127.0.0.1')
  socket.write(
    `POST ${my.base}/queues/q/reservations HTTP/1.1\r\nHost: x\r\nAuthorization: OAuth ${my.token}\r\n` +
      'Content-Length: 11\r\n\r\n{"wait":30}',
  )
  const [{ signal }] = await waiting
  const gone = once(signal!, 'abort')
  socket.destroy()
  await gone
  await my.post('q', 'a')
  expect(await my.reserve('q', { wait: 20 })).toMatchObject([{ body: 'a', reserved_count: 1 }])
})

test('reserve.8 a token that ends while its reserve waits has nothing more', async () => {
  await my.say('PUT', '/queues/q')
  const token = await v3.core.createToken({ projects: [my.id] })
  if (!token.ok) throw new Error('no token')
  const reserving = once(reserves, 'reserve')
  const asBearer = { Authorization: `OAuth ${token.value.secret}` }
  const waiting = my.say('POST', '/queues/q/reservations', { wait: 30 }, asBearer)
  await reserving
  await v3.core.deleteToken({ id: token.value.id })
  expect(await waiting).toBe('200 {"messages":[]}')
  await my.post('q', 'a')
  expect(await my.reserve('q', { wait: 5 })).toMatchObject([{ body: 'a', reserved_count: 1 }])
})

test('reserve.7 the query speaks where the body is silent', async () => {
  await my.post('q', 'a', 'b', 'c', 'd')
  const ask = async (query: string, body?: unknown) =>
    (await my.send('POST', `/queues/q/reservations?${query}`, body)).json.messages.length
  expect(await ask('n=2&wait=&other=5')).toBe(2)
  expect(await ask('n=100', { n: 1 })).toBe(1)
  expect(await ask('delete=true&wait=1')).toBe(1)
  expect(await my.size('q')).toBe(3)
  expect(await my.say('POST', '/queues/q/reservations?wait=-1')).toBe('400 {"msg":"wait must not be negative"}')
  expect(await my.say('POST', '/queues/q/reservations?delete=maybe')).toBe('400 {"msg":"delete must be true or false"}')
})

test('get.1 a message is shown in any state, and looking changes nothing', async () => {
  const show = (id: string, body: string, count: number) =>
    `200 {"message":{"id":"${id}","body":"${body}","reserved_count":${count}}}`
  const [a] = await my.post('q', 'a')
  const later = (await my.send('POST', '/queues/q/messages', { messages: [{ body: 'b', delay: 100 }] })).json.ids[0]!
  const get = (id: string) => my.say('GET', `/queues/q/messages/${id}?x=1`)
  expect([await get(a!), await get(a!), await get(later)]).toEqual([
    show(a!, 'a', 0),
    show(a!, 'a', 0),
    show(later, 'b', 0),
  ])
  await my.reserve('q')
  expect(await get(a!)).toBe(show(a!, 'a', 1))
})

test.each([unknown, 'peek', '5', '1e18', '1000000000000000000', '9999999999999999999', '%00', 'x'.repeat(300)])(
  'get.2 there is no message %s',
  async (id) => {
    await my.say('PUT', '/queues/q')
    expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe(noMessage)
    expect(await my.say('DELETE', `/queues/q/messages/${id}`)).toBe(noMessage)
    expect(await my.say('POST', `/queues/q/messages/${id}/touch`, { reservation_id: stranger })).toBe(noMessage)
    expect(await my.say('POST', `/queues/q/messages/${id}/release`, { reservation_id: stranger })).toBe(noMessage)
    expect(await my.say('GET', `/queues/q/messages/${id}/subscribers`)).toBe(noMessage)
    expect(await my.say('GET', `/queues/none/messages/${id}`)).toBe(noQueue)
  },
)

test('get.2 a message of another queue or project is not found', async () => {
  const [id] = await my.post('q', 'a')
  await my.say('PUT', '/queues/other')
  expect(await my.say('GET', `/queues/other/messages/${id}`)).toBe(noMessage)
  const their = await v3.aProject()
  await their.say('PUT', '/queues/q')
  expect(await their.say('GET', `/queues/q/messages/${id}`)).toBe(noMessage)
  expect(await their.say('DELETE', `/queues/q/messages/${id}`)).toBe(noMessage)
  expect(await my.size('q')).toBe(1)
})

test('peek.1 a peek shows the front of the queue and changes nothing', async () => {
  expect(await my.say('GET', '/queues/q/messages')).toBe(noQueue)
  const [a, b] = await my.post('q', 'a', 'b')
  const first = `{"id":"${a}","body":"a","reserved_count":0}`
  expect(await my.say('GET', '/queues/q/messages')).toBe(`200 {"messages":[${first}]}`)
  expect(await my.say('GET', '/queues/q/messages?n=100')).toBe(
    `200 {"messages":[${first},{"id":"${b}","body":"b","reserved_count":0}]}`,
  )
  await my.reserve('q', { n: 2 })
  expect(await my.say('GET', '/queues/q/messages?n=2')).toBe('200 {"messages":[]}')
  for (const n of ['0', '-1', '101']) {
    expect(await my.say('GET', `/queues/q/messages?n=${n}`)).toBe('400 {"msg":"n must be between 1 and 100"}')
  }
  expect(await my.say('GET', '/queues/q/messages?n=two')).toBe('400 {"msg":"n must be an integer"}')
})

test('delete.1 a message that nobody holds is deleted without a reservation', async () => {
  const [id] = await my.post('q', 'a')
  expect(await my.say('DELETE', `/queues/q/messages/${id}`)).toBe(deleted)
  expect(await my.say('DELETE', `/queues/q/messages/${id}`)).toBe(noMessage)
  expect(await my.size('q')).toBe(0)
})

test('delete.2 a reserved message needs its own reservation', async () => {
  const { id, reservation_id } = await held()
  const path = `/queues/q/messages/${id}`
  expect(await my.say('DELETE', path)).toBe(idRequired)
  for (const wrong of [stranger, 'x', 'x\0', '\ud800', reservation_id.toUpperCase(), 'x'.repeat(10_000)]) {
    expect(await my.say('DELETE', path, { reservation_id: wrong })).toBe(timedOut)
  }
  expect(await my.say('DELETE', path, { reservation_id: 5 })).toBe('400 {"msg":"reservation_id must be a string"}')
  expect(await my.say('DELETE', path, { reservation_id, subscriber_name: 'x', oauth: 'y' })).toBe(deleted)
})

test('delete.3 an empty reservation id is none', async () => {
  const { id } = await held()
  for (const reservation_id of ['', null]) {
    expect(await my.say('DELETE', `/queues/q/messages/${id}`, { reservation_id })).toBe(idRequired)
  }
  await my.say('PUT', '/queues/free')
  const [free] = await my.post('free', 'b')
  expect(await my.say('DELETE', `/queues/free/messages/${free}`, { reservation_id: '' })).toBe(deleted)
})

const batch = (body: unknown) => my.say('DELETE', '/queues/q/messages', body)

test('batch.1 strings, objects and a mix of both are deleted', async () => {
  const [a, b, c, d] = await my.post('q', 'a', 'b', 'c', 'd')
  expect(await batch({ ids: [a, b], oauth: 'x' })).toBe(deleted)
  expect(await batch({ IDs: [c, { id: d, reservation_id: '' }] })).toBe(deleted)
  expect(await my.size('q')).toBe(0)
  const one = await held()
  expect(await batch({ ids: [{ id: one.id, reservation_id: one.reservation_id, subscriber_name: 'x' }] })).toBe(deleted)
})

test('batch.1 it is all or none', async () => {
  const { id, reservation_id } = await held()
  const [free] = await my.post('q', 'b')
  expect(await batch({ ids: [free, id] })).toBe(idRequired)
  expect(await batch({ ids: [free, { id, reservation_id: stranger }] })).toBe(timedOut)
  expect(await batch({ ids: [free, unknown] })).toBe(noMessage)
  expect(await batch({ ids: [free, 'peek'] })).toBe(noMessage)
  expect(await batch({ ids: [free, 123] })).toBe(noMessage)
  expect(await my.size('q')).toBe(2)
  expect(await batch({ ids: [free, { id, reservation_id }] })).toBe(deleted)
})

test.each([
  ['{"ids":[]}', 'ids must not be empty'],
  ['{"ids":null}', 'ids is required'],
  ['{"IDS":null}', 'ids is required'],
  ['{"ids":"x"}', 'ids must be an array'],
  ['{"ids":{}}', 'ids must be an array'],
  ['{"ids":0}', 'ids must be an array'],
  ['{"ids":[null]}', 'ids[0] must be an object'],
  ['{"ids":[["1000000000000000001"]]}', 'ids[0] must be an object'],
  ['{"ids":[{}]}', 'ids[0].id is required'],
  ['{"ids":[1000000000000000001]}', 'ids[0].id must be a string, or a number that is an exact integer'],
  [JSON.stringify({ ids: Array(101).fill(unknown) }), 'ids must have at most 100 elements'],
  ['{"ids":[', 'Request body is not valid JSON'],
  ['["1000000000000000001"]', 'Request body must be a JSON object'],
])('batch.2 %s clears nothing', async (body, msg) => {
  await my.post('q', 'a')
  expect(await batch(body)).toBe(`400 ${JSON.stringify({ msg })}`)
  expect(await my.size('q')).toBe(1)
})

test.each([undefined, '{}', '', '{"oauth":"x"}'])('clear.1 with %j everything goes', async (body) => {
  expect(await batch(body)).toBe(noQueue)
  await held()
  await my.say('POST', '/queues/q/messages', { messages: [{ body: 'b', delay: 100 }, { body: 'c' }] })
  expect(await batch(body)).toBe('200 {"msg":"Cleared"}')
  expect((await my.send('GET', '/queues/q')).json.queue).toMatchObject({ size: 0, total_messages: 3 })
  expect(await my.say('GET', '/queues/q/messages')).toBe('200 {"messages":[]}')
})

const touch = (id: string, body: unknown) => my.send('POST', `/queues/q/messages/${id}/touch`, body)

test('touch.1 a touch trades the reservation for a new one', async () => {
  const { id, reservation_id } = await held()
  const first = await touch(id, { reservation_id })
  expect(first.text).toMatch(/^\{"reservation_id":"[0-9a-f]{32}","msg":"Touched"\}$/)
  const second = await touch(id, { reservation_id: first.json.reservation_id, timeout: 120 })
  expect(second.status).toBe(200)
  const old = await touch(id, { reservation_id })
  expect(`${old.status} ${old.text}`).toBe(timedOut)
  expect((await my.send('GET', `/queues/q/messages/${id}`)).json.message.reserved_count).toBe(3)
  expect(await my.say('DELETE', `/queues/q/messages/${id}`, { reservation_id })).toBe(timedOut)
  const { reservation_id: newest } = second.json
  expect(await my.say('DELETE', `/queues/q/messages/${id}`, { reservation_id: newest })).toBe(deleted)
})

test('touch.2 a touch needs the reservation', async () => {
  const { id, reservation_id } = await held()
  const path = `/queues/q/messages/${id}/touch`
  expect(await my.say('POST', path)).toBe(idRequired)
  expect(await my.say('POST', path, { reservation_id: '' })).toBe(idRequired)
  expect(await my.say('POST', path, { reservation_id: stranger })).toBe(timedOut)
  expect(await my.say('POST', path, { reservation_id, timeout: 86_401 })).toBe(
    '400 {"msg":"timeout must be between 1 and 86400, or 0 for the default"}',
  )
  expect((await touch(id, { reservation_id, timeout: '30' })).status).toBe(200)
})

test('release.1 a released message is at the front again, its count unchanged', async () => {
  const { id, reservation_id } = await held('a')
  await my.post('q', 'b')
  expect(await my.say('POST', `/queues/q/messages/${id}/release`, { reservation_id })).toBe('200 {"msg":"Released"}')
  expect((await my.send('GET', '/queues/q/messages?n=2')).json.messages).toMatchObject([
    { body: 'a', reserved_count: 1 },
    { body: 'b', reserved_count: 0 },
  ])
  const [again] = await my.reserve('q')
  await my.say('POST', `/queues/q/messages/${id}/release`, { reservation_id: again!.reservation_id, delay: 604_800 })
  expect((await my.send('GET', '/queues/q/messages?n=2')).json.messages).toMatchObject([{ body: 'b' }])
})

test('release.2 a release needs the reservation, held or not', async () => {
  const { id, reservation_id } = await held()
  const path = `/queues/q/messages/${id}/release`
  expect(await my.say('POST', path)).toBe(idRequired)
  expect(await my.say('POST', path, { reservation_id: stranger })).toBe(timedOut)
  expect(await my.say('POST', path, { reservation_id, delay: 604_801 })).toBe(
    '400 {"msg":"delay must be between 0 and 604800"}',
  )
  expect(await my.say('POST', path, { reservation_id, delay: '0' })).toBe('200 {"msg":"Released"}')
  expect(await my.say('POST', path, { reservation_id })).toBe(timedOut)
  expect(await my.say('POST', path, {})).toBe(idRequired)
})

test('lapse.1 a reservation that ran out no longer acts, and its message is at the front', async () => {
  await my.post('q', 'a', 'b')
  const [first] = await my.reserve('q', { timeout: 60 })
  const [second] = await my.reserve('q', { timeout: 1000 })
  expect(second!.body).toBe('b')
  await my.post('q', 'c')
  await letPass(sql, { project: my.id, queue: 'q' }, 60)
  const [again] = await my.reserve('q')
  expect(again).toMatchObject({ id: first!.id, reserved_count: 2 })
  const path = `/queues/q/messages/${first!.id}`
  expect(await my.say('DELETE', path, { reservation_id: first!.reservation_id })).toBe(timedOut)
  expect(await my.say('POST', `${path}/touch`, { reservation_id: first!.reservation_id })).toBe(timedOut)
  expect(await my.say('POST', `${path}/release`, { reservation_id: first!.reservation_id })).toBe(timedOut)
  expect(await my.say('DELETE', path, { reservation_id: again!.reservation_id })).toBe(deleted)
})

test('lapse.1 a free message is not deleted by the reservation it once had', async () => {
  const { id, reservation_id } = await held()
  await my.say('POST', `/queues/q/messages/${id}/release`, { reservation_id })
  expect(await my.say('DELETE', `/queues/q/messages/${id}`, { reservation_id })).toBe(timedOut)
  expect(await my.size('q')).toBe(1)
})

test('order.1 messages come in the order they were posted', async () => {
  for (const body of ['a', 'b', 'c']) await my.post('q', body)
  await my.post('q', 'd', 'e')
  const bodies: string[] = []
  for (let i = 0; i < 5; i++) bodies.push((await my.reserve('q'))[0]!.body)
  expect(bodies).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('deadletter.1 a message that was reserved too often is set aside', async () => {
  await my.say('PUT', '/queues/q', { queue: { dead_letter: { queue_name: 'dead', max_reservations: 2 } } })
  const [id] = await my.post('q', 'poison')
  for (let i = 0; i < 2; i++) {
    const [message] = await my.reserve('q')
    await my.say('POST', `/queues/q/messages/${id}/release`, message)
  }
  await my.post('q', 'fine')
  expect(await my.reserve('q', { n: 100 })).toMatchObject([{ body: 'fine' }])
  expect(await my.say('GET', '/queues/dead/messages')).toBe(
    `200 {"messages":[{"id":"${id}","body":"poison","reserved_count":2}]}`,
  )
  expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe(noMessage)
})

test('statuses.1 a message of a pull queue was pushed to nobody', async () => {
  const { id, reservation_id } = await held()
  expect(await my.say('GET', `/queues/q/messages/${id}/subscribers?reservation_id=${reservation_id}`)).toBe(
    '200 {"subscribers":[]}',
  )
})

test('http.12 no answer of this file was a fault of ours', () => {
  expect(v3.faults).toEqual([])
})
