import ironMqV3 from 'iron_mq'
import ironMqV2 from 'iron_mq_v2'
import { letPass, sqlFor } from '@weldmq/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { ask } from './ask.ts'
import { aCoreBeside, attempted, withoutPush } from './attempted.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

// One queue, two doors: a published v2 client and a published v3 client on the same data (contract v2, section 9).
const database = await aDatabase()
const gateway = await aGateway(database, withoutPush)
const core = await aCoreBeside(database)
const sql = sqlFor(database)
afterAll(() => sql.end())

const { hostname: host, port } = new URL(gateway.url)
const options = { scheme: 'http', host, port, project_id: projectId, token: adminToken }
const v2Client = new ironMqV2.Client(options)
const v3Client = new ironMqV3.Client(options)

let queues = 0
let name: string
let v2: any
let v3: any
beforeEach(() => {
  name = `meeting-${++queues}`
  v2 = v2Client.queue(name)
  v3 = v3Client.queue(name)
})

const post = async (...bodies: string[]): Promise<string[]> => [await ask(v2, 'post', bodies)].flat()
const v2Get = (more: object = {}) => ask(v2, 'get', { n: 1, ...more })
const v3Reserve = (more: object = {}) => ask(v3, 'reserve', { n: 1, ...more })
const v2Bodies = async () => (await ask(v2, 'get_n', { n: 100 })).map(({ body }: any) => body)
const v3Bodies = async () => (await ask(v3, 'reserve', { n: 100 })).map(({ body }: any) => body)
const ids = ({ id, reservation_id }: any) => [id, { reservation_id }]
const info = () => ask(v2, 'info')
const raw = async (method: string, path: string, body?: unknown) => {
  const { status, text } = await gateway.send(method, path, body)
  return `${status} ${text}`
}
const at = (version: 1 | 3, path = '') => `/${version}/projects/${projectId}/queues/${name}${path}`
const pass = async (seconds: number) => {
  const on = { project: projectId, queue: name }
  await letPass(sql, on, seconds)
}

const deleted = { msg: 'Deleted' }
const timedOut = 'Reservation timed out'
const gone = 'Message not found'

test('meets.1 a v2 get is a reservation that counts, towards the dead letter queue too', async () => {
  await ask(v3Client, 'create_queue', name, { dead_letter: { queue_name: `${name}-dead`, max_reservations: 2 } })
  await post('work')
  for (const reserved_count of [1, 2]) {
    expect(await v2Get()).toMatchObject({ body: 'work', reserved_count })
    await pass(60)
  }
  expect(await v2Get()).toBeUndefined()
  expect(await ask(v3Client.queue(`${name}-dead`), 'peek', {})).toMatchObject({ body: 'work', reserved_count: 2 })
})

test('meets.2 v2 deletes what is free', async () => {
  const [id] = await post('work')
  expect(await ask(v2, 'del', id)).toEqual(deleted)
  expect(await info()).toMatchObject({ size: 0 })
})

test('meets.3 v2 deletes what anybody got through v2', async () => {
  const [id] = await post('work')
  await v2Get()
  expect(await ask(v2Client.queue(name), 'del', id)).toEqual(deleted)
})

test('meets.4 v2 deletes what v3 holds, and the holder learns it', async () => {
  await post('work')
  const held = await v3Reserve()
  expect(await ask(v2, 'del', held.id)).toEqual(deleted)
  for (const call of ['del', 'msg_touch', 'msg_release']) {
    const args = call === 'del' ? ids(held) : [held.id, held.reservation_id, {}]
    await expect(ask(v3, call, ...args), call).rejects.toThrow(gone)
  }
})

test('meets.5 a v2 batch deletes free and held ones alike, and skips what is unknown', async () => {
  const posted = await post('held by v2', 'held by v3', 'free')
  await v2Get()
  await v3Reserve()
  expect(await ask(v2, 'del_multiple', [...posted, '1000000000099999999'])).toEqual(deleted)
  expect(await info()).toMatchObject({ size: 0, total_messages: 3 })
})

test('meets.6 v3 needs a reservation id for what is held through v2', async () => {
  const [id] = await post('work')
  await v2Get()
  await expect(ask(v3, 'del', id, {})).rejects.toThrow('A reservation_id is required')
  await expect(ask(v3, 'del_multiple', { ids: [id] })).rejects.toThrow('A reservation_id is required')
  await expect(ask(v3, 'del', id, { reservation_id: '0'.repeat(32) })).rejects.toThrow(timedOut)
  expect(await info()).toMatchObject({ size: 1 })
})

test('meets.7 a v2 touch extends what is held through v2, and counts', async () => {
  await ask(v2, 'post', { body: 'work', timeout: 30 })
  const { id } = await v2Get({ timeout: 100 })
  await ask(v2, 'msg_touch', id)
  await pass(15)
  expect(await v3Reserve()).toBeUndefined()
  await pass(15)
  expect(await v3Reserve()).toMatchObject({ id, reserved_count: 3 })
})

test('meets.8 a v2 touch does not take over what v3 holds', async () => {
  await post('work')
  const held = await v3Reserve()
  await expect(ask(v2, 'msg_touch', held.id)).rejects.toThrow(timedOut)
  expect(await ask(v3, 'del', ...ids(held))).toEqual(deleted)
})

test('meets.9 a v2 release gives back what is held through v2, and delays what is free', async () => {
  const [first, second] = await post('first', 'second')
  await v2Get()
  expect(await ask(v2, 'msg_release', first, {})).toEqual({ msg: 'Released' })
  expect(await ask(v2, 'msg_release', second, { delay: 40 })).toEqual({ msg: 'Released' })
  expect(await v3Bodies()).toEqual(['first'])
  await pass(40)
  expect(await v3Bodies()).toEqual(['second'])
})

test('meets.10 a v2 release does not take away what v3 holds', async () => {
  await post('work')
  const held = await v3Reserve()
  await expect(ask(v2, 'msg_release', held.id, { delay: 5 })).rejects.toThrow(timedOut)
  expect(await ask(v3, 'del', ...ids(held))).toEqual(deleted)
})

test('meets.11 what one door holds the other neither gets nor peeks', async () => {
  await post('of v2', 'of v3')
  await v2Get()
  await v3Reserve()
  expect([await v2Get(), await v3Reserve(), await ask(v2, 'peek', {}), await ask(v3, 'peek', {})]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('meets.12 v2 shows what v3 holds as reserved', async () => {
  await post('work')
  const { id } = await v3Reserve()
  expect(await ask(v2, 'msg_get', id)).toMatchObject({ id, body: 'work', status: 'reserved', reserved_count: 1 })
})

test('meets.13 the door of the reservation decides where the message returns to', async () => {
  const posted = await post('v2 lapses', 'v2 releases', 'v3 lapses', 'v3 releases', 'free')
  await ask(v2, 'get_n', { n: 2, timeout: 60 })
  const held = await ask(v3, 'reserve', { n: 2, timeout: 60 })
  await ask(v2, 'msg_release', posted[1], {})
  await ask(v3, 'msg_release', held[1].id, held[1].reservation_id, {})
  await pass(60)
  expect(await v2Bodies()).toEqual(['v3 lapses', 'v3 releases', 'free', 'v2 releases', 'v2 lapses'])
})

test("meets.14 a v2 get lasts for the message's timeout, a v3 reserve for the queue's", async () => {
  await ask(v3Client, 'create_queue', name, { message_timeout: 100 })
  await ask(v2, 'post', [{ body: 'own', timeout: 30 }, 'none'])
  expect(await ask(v2, 'get_n', { n: 2 })).toMatchObject([{ timeout: 30 }, { timeout: 100 }])
  await pass(30)
  expect(await v3Reserve()).toMatchObject({ body: 'own' })
  await pass(50)
  expect(await v3Reserve()).toBeUndefined()
})

test('meets.15 the timeout that v2 shows for what v3 posted', async () => {
  await ask(v3Client, 'create_queue', name, { message_timeout: 45 })
  const id = await ask(v3, 'post', { body: 'work', timeout: 30 })
  expect(await ask(v2, 'msg_get', id)).toMatchObject({ timeout: 45 })
  expect(await ask(v2, 'peek', {})).toMatchObject({ timeout: 45 })
  expect(await v2Get({ timeout: 90 })).toMatchObject({ timeout: 90 })
})

test("meets.16 a message's own expiration goes before the queue's", async () => {
  await ask(v3Client, 'create_queue', name, { message_expiration: 1000 })
  await ask(v2, 'post', [{ body: 'short', expires_in: 10 }, { body: 'long', expires_in: 5000 }, 'none'])
  await ask(v3, 'post', { body: 'of v3', expires_in: 10 })
  await pass(500)
  expect((await ask(v3, 'peek_n', { n: 9 })).map(({ body }: any) => body)).toEqual(['long', 'none', 'of v3'])
  await pass(501)
  expect(await v2Bodies()).toEqual(['long'])
})

test('meets.17 a v2 update leaves the settings of v3 alone', async () => {
  const settings = { message_timeout: 45, message_expiration: 3000 }
  const dead_letter = { queue_name: `${name}-dead`, max_reservations: 5 }
  await ask(v3Client, 'create_queue', name, { ...settings, dead_letter })
  const whole = await ask(v2, 'update', { retries: 5 })
  expect(Object.keys(whole)).toEqual(['id', 'name', 'project_id', 'size', 'total_messages'])
  expect(await ask(v3, 'info')).toMatchObject({ ...settings, dead_letter, type: 'pull' })
})

test('meets.18 v2 changes the type, v3 sees it; with a dead letter queue it stays', async () => {
  await ask(v3Client, 'create_queue', name, {})
  await ask(v2, 'update', { push_type: 'unicast', subscribers: [{ url: 'http://example.com/' }], error_queue: 'e' })
  expect(await ask(v3, 'info')).toMatchObject({
    type: 'unicast',
    push: { retries: 3, retries_delay: 60, error_queue: 'e', subscribers: [{ url: 'http://example.com/' }] },
  })
  expect(await raw('PUT', at(3), { queue: { type: 'multicast' } })).toBe('403 {"msg":"Queue type cannot be changed"}')
  expect(await raw('PUT', at(3), { queue: { dead_letter: { queue_name: 'dead' } } })).toMatch(/^400 /)
  await ask(v2, 'update', { push_type: 'pull' })
  expect(await ask(v3, 'info')).not.toHaveProperty('push')

  await ask(v3, 'update', { dead_letter: { queue_name: `${name}-dead` } })
  await expect(ask(v2, 'update', { push_type: 'multicast' })).rejects.toThrow(
    'push_type must stay pull: the queue has a dead letter queue',
  )
})

test('meets.19 v3 sees a push queue without subscribers', async () => {
  await ask(v2, 'update', { push_type: 'multicast' })
  expect(await ask(v3, 'info')).toMatchObject({ type: 'multicast', push: { subscribers: [] } })
})

test('meets.20 subscribers of v2 have names that only v3 shows', async () => {
  const url = 'http://example.com/'
  const added = await ask(v2, 'add_subscribers', [{ url }, { url }])
  expect(added.subscribers).toEqual([{ url }, { url }])
  const { push } = await ask(v3, 'info')
  expect(push.subscribers).toEqual(Array(2).fill({ name: expect.stringMatching(/^v2-[0-9a-f]{12}$/), url }))
  expect(push.subscribers[0].name).not.toBe(push.subscribers[1].name)
  expect((await ask(v2, 'rm_subscribers', { url })).subscribers).toEqual([])
})

test('meets.20 v2 removes by url whoever made it', async () => {
  const url = 'http://example.com/'
  const subscribers = ['one', 'two'].map((one) => ({ name: one, url }))
  await ask(v3Client, 'create_queue', name, { push: { subscribers } })
  expect((await ask(v2, 'add_subscribers', [{ url }, { url: `${url}x` }])).subscribers).toHaveLength(4)
  expect((await ask(v2, 'rm_subscribers', { url })).subscribers).toEqual([{ url: `${url}x` }])
})

test('meets.17 what only v3 sets of a push queue stays through changes of v2, which does not show it', async () => {
  const url = 'http://example.com/'
  const push = { rate: 100, pause_after: 5, subscribers: [{ name: 'one', url, secret: 'generate' }] }
  await ask(v3Client, 'create_queue', name, { push })
  const { id, ...shown } = await ask(v2, 'update', { retries: 7, subscribers: [{ url, headers: { a: 'b' } }] })
  expect(shown).toEqual({
    name,
    project_id: projectId,
    size: 0,
    total_messages: 0,
    push_type: 'multicast',
    retries: 7,
    retries_delay: 60,
    subscribers: [{ url, headers: { a: 'b' } }],
  })
  expect(id).toMatch(/^[0-9a-f]{24}$/)
  expect((await ask(v3, 'info')).push).toEqual({
    retries: 7,
    retries_delay: 60,
    error_queue: '',
    rate: 100,
    pause_after: 5,
    subscribers: [{ name: 'one', url, headers: { a: 'b' }, signed: true }],
  })
})

test('meets.21 meets.22 a push status has an id in v2, by which it is acknowledged', async () => {
  await ask(v2, 'add_subscribers', { url: 'http://example.com/' })
  const [id] = await post('work')
  const status = async () => (await ask(v2, 'msg_push_statuses', id)).subscribers[0]
  const before = await status()
  expect(before.id).toMatch(/^1\d{18}$/)
  await attempted(core, { project: projectId, queue: name }, async () => (await status()).status)
  expect((await status()).id).toBe(before.id)
  expect(await ask(v2, 'del_msg_push_status', id, before.id)).toEqual(deleted)
  expect(await ask(v3, 'msg_push_statuses', id)).toMatchObject({
    subscribers: [{ status: 'deleted', status_code: 200 }],
  })
})

test('meets.23 alerts are one list', async () => {
  const alert = { type: 'fixed', trigger: 5, queue: 'elsewhere', direction: 'desc', snooze: 7 }
  expect(await ask(v2, 'add_alerts', alert)).toEqual({ msg: 'Updated' })
  const { alerts } = await ask(v3, 'info')
  expect(alerts).toMatchObject([alert])
  await ask(v3, 'update', { alerts: [alert, { ...alert, trigger: 9 }] })
  const seen = (await info()).alerts
  expect(seen.map(({ trigger }: any) => trigger)).toEqual([5, 9])
  expect(await ask(v2, 'delete_alert_by_id', seen[0].id)).toEqual(deleted)
  expect((await ask(v3, 'info')).alerts).toMatchObject([{ trigger: 9 }])
})

test('meets.24 the id of a queue is shown by v2 and not by v3', async () => {
  await post('work')
  expect((await info()).id).toMatch(/^[0-9a-f]{24}$/)
  expect(await ask(v3, 'info')).not.toHaveProperty('id')
})

test('meets.25 taking from a queue that is not there', async () => {
  expect(await ask(v2, 'get_n', {})).toEqual([])
  await expect(ask(v3, 'reserve', { n: 1 })).rejects.toThrow('Queue not found')
})

test('meets.26 meets.27 each door has its own words', async () => {
  const body = { messages: [{ body: 'work' }] }
  expect(await raw('POST', at(1, '/messages'), body)).toMatch(/^200 /)
  expect(await raw('POST', at(3, '/messages'), body)).toMatch(/^201 /)
  expect(await raw('DELETE', at(1))).toBe('200 {"msg":"Deleted."}')
  await post('work')
  expect(await raw('DELETE', at(3))).toBe('200 {"msg":"Deleted"}')
})

test('meets.28 calls of v2 under /3/ are not understood', async () => {
  const [id] = await post('work')
  const statuses = await Promise.all([
    raw('POST', at(3, '/clear')),
    raw('POST', at(3), {}),
    raw('GET', at(3, '/messages/peek')),
    raw('POST', at(3, '/messages/webhook'), 'x'),
    raw('DELETE', at(3, `/messages/${id}/subscribers/5`)),
  ])
  expect(statuses.map((answer) => answer.slice(0, 3))).toEqual(['404', '405', '404', '405', '404'])
})

test('a v2 client works off what a v3 client posts, every message once', async () => {
  const bodies = Array.from({ length: 250 }, (_, i) => String(i))
  for (const body of bodies) await ask(v3, 'post', body)
  const seen: string[] = []
  for (let taken; (taken = await ask(v2, 'get_n', { n: 100 })).length > 0;) {
    for (const message of taken) {
      seen.push(message.body)
      expect(await ask(v2, 'del', message.id)).toEqual(deleted)
    }
  }
  expect(seen).toEqual(bodies)
  expect(await ask(v3, 'info')).toMatchObject({ size: 0, total_messages: 250 })
})
