import ironMq from 'iron_mq_v2'
import { expect, test } from 'vitest'
import { ask } from './ask.ts'
import { aCoreBeside, attempted, withoutPush } from './attempted.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

// The published v2 client for Node, unchanged: every call it has.
const database = await aDatabase()
const gateway = await aGateway(database, withoutPush)
const core = await aCoreBeside(database)
const { hostname: host, port } = new URL(gateway.url)
const client = new ironMq.Client({ scheme: 'http', host, port, project_id: projectId, token: adminToken })

let queues = 0
const aQueue = () => client.queue(`queue ${queues++} of v2`)
const nameOf = (queue: any): string => queue.api.options.queue_name
const digits = expect.stringMatching(/^1\d{18}$/)

test('it speaks v2 by itself', () => {
  expect(client.api.options.api_version).toBe(1)
})

test('info, update, list and delete a queue', async () => {
  const queue = aQueue()
  const name = nameOf(queue)
  await expect(ask(queue, 'info')).rejects.toThrow('Queue not found')
  const whole = { id: expect.stringMatching(/^[0-9a-f]{24}$/), name, project_id: projectId, size: 0, total_messages: 0 }
  expect(await ask(queue, 'update', {})).toEqual(whole)
  expect(await ask(queue, 'info')).toEqual(whole)
  const push = { push_type: 'unicast', retries: 5, retries_delay: 30, error_queue: 'errors' }
  expect(await ask(queue, 'update', { ...push, subscribers: [] })).toEqual({ ...whole, ...push, subscribers: [] })
  expect(await ask(client, 'queues', { page: 0, per_page: 100 })).toContainEqual({
    id: whole.id,
    project_id: projectId,
    name,
  })
  expect(await ask(client, 'queues', { page: 50 })).toEqual([])
  expect(await ask(queue, 'del_queue')).toEqual({ msg: 'Deleted.' })
  await expect(ask(queue, 'del_queue')).rejects.toThrow('Queue not found')
})

test('post one and many, with every option', async () => {
  const queue = aQueue()
  expect(await ask(queue, 'post', 'text')).toEqual(digits)
  const options = { timeout: 30, delay: 60, expires_in: 3600 }
  expect(await ask(queue, 'post', ['a', { body: 'b', ...options }])).toEqual([digits, digits])
  expect(await ask(queue, 'info')).toMatchObject({ size: 3, total_messages: 3 })
})

test('get, get_n and delete, by ids alone', async () => {
  const queue = aQueue()
  expect(await ask(queue, 'get', {})).toBeUndefined() // no queue is an empty one
  const ids = await ask(queue, 'post', [{ body: '1', timeout: 30 }, '2', '3', '4'])
  expect(await ask(queue, 'get', {})).toEqual({
    id: ids[0],
    body: '1',
    timeout: 30,
    reserved_count: 1,
    push_status: {},
  })
  expect(await ask(queue, 'get', { n: 1, timeout: 120 })).toMatchObject({ body: '2', timeout: 120 })
  expect((await ask(queue, 'get_n', { n: 1000 })).map(({ body }: any) => body)).toEqual(['3', '4'])
  expect(await ask(queue, 'get_n', { n: 5, wait: 1 })).toEqual([])
  expect(await ask(queue, 'del', ids[0])).toEqual({ msg: 'Deleted' })
  await expect(ask(queue, 'del', ids[0])).rejects.toThrow('Message not found')
  expect(await ask(queue, 'del_multiple', [ids[1], ids[0]])).toEqual({ msg: 'Deleted' })
  expect(await ask(queue, 'info')).toMatchObject({ size: 2, total_messages: 4 })
  expect(await ask(queue, 'clear')).toEqual({ msg: 'Cleared' })
  expect(await ask(queue, 'info')).toMatchObject({ size: 0, total_messages: 4 })
})

test('get and delete in one go, and waiting', async () => {
  const queue = aQueue()
  const waiting = ask(queue, 'get', { wait: 20, delete: true })
  const id = await ask(queue, 'post', 'soon')
  expect(await waiting).toMatchObject({ id, body: 'soon' })
  expect(await ask(queue, 'info')).toMatchObject({ size: 0 })
})

test('peek, and look at a message by its id', async () => {
  const queue = aQueue()
  const [id] = await ask(queue, 'post', ['1', '2'])
  expect(await ask(queue, 'peek', {})).toMatchObject({ id, body: '1', reserved_count: 0 })
  expect((await ask(queue, 'peek_n', { n: 2 })).map(({ body }: any) => body)).toEqual(['1', '2'])
  expect(await ask(queue, 'msg_get', id)).toEqual({
    id,
    body: '1',
    timeout: 60,
    reserved_count: 0,
    status: 'available',
  })
  await expect(ask(queue, 'msg_get', '1000000000099999999')).rejects.toThrow('Message not found')
})

test('touch and release', async () => {
  const queue = aQueue()
  const [id] = await ask(queue, 'post', ['1', '2'])
  await ask(queue, 'get', {})
  expect(await ask(queue, 'msg_touch', id)).toEqual({ msg: 'Touched' })
  expect(await ask(queue, 'msg_release', id, {})).toEqual({ msg: 'Released' })
  expect((await ask(queue, 'get_n', { n: 2 })).map(({ body }: any) => body)).toEqual(['2', '1'])
  expect(await ask(queue, 'msg_release', id, { delay: 60 })).toEqual({ msg: 'Released' })
  expect(await ask(queue, 'msg_get', id)).toMatchObject({ status: 'delayed', reserved_count: 3 })
})

test('alerts', async () => {
  const queue = aQueue()
  const alert = (trigger: number) => ({ type: 'fixed', direction: 'asc', trigger, queue: 'alerts-of-v2', snooze: 0 })
  expect(await ask(queue, 'add_alerts', alert(1))).toEqual({ msg: 'Updated' })
  expect(await ask(queue, 'add_alerts', [alert(2), alert(3)])).toEqual({ msg: 'Updated' })
  await expect(ask(queue, 'add_alerts', alert(3))).rejects.toThrow('duplicates current queue alerts.')
  const { alerts } = await ask(queue, 'info')
  expect(alerts).toMatchObject([alert(1), alert(2), alert(3)])
  expect(await ask(queue, 'delete_alerts', { id: alerts[0].id })).toEqual({ msg: 'Deleted' })
  expect(await ask(queue, 'delete_alert_by_id', alerts[1].id)).toEqual({ msg: 'Deleted' })
  expect((await ask(queue, 'info')).alerts).toMatchObject([alert(3)])
  expect(await ask(queue, 'update_alerts', [alert(9)])).toEqual({ msg: 'Updated' })
  expect((await ask(queue, 'info')).alerts).toMatchObject([alert(9)])
  expect(await ask(queue, 'update_alerts', [])).toEqual({ msg: 'Updated' })
  expect(await ask(queue, 'info')).not.toHaveProperty('alerts')
})

test('subscribers and push statuses', async () => {
  const queue = aQueue()
  const added = await ask(queue, 'add_subscribers', { url: 'http://example.com/a' })
  expect(added).toMatchObject({ push_type: 'multicast', subscribers: [{ url: 'http://example.com/a' }] })
  await ask(queue, 'add_subscribers', [{ url: 'http://example.com/b', headers: { 'X-A': 'b' } }])
  const id = await ask(queue, 'post', 'x')
  const statuses = async () => (await ask(queue, 'msg_push_statuses', id)).subscribers
  const subscribers = await statuses()
  expect(subscribers).toMatchObject([{ url: 'http://example.com/a' }, { url: 'http://example.com/b', id: digits }])
  await attempted(core, { project: projectId, queue: nameOf(queue) }, async () => (await statuses())[0].status)
  expect(await ask(queue, 'del_msg_push_status', id, subscribers[0].id)).toEqual({ msg: 'Deleted' })
  expect((await statuses())[0]).toEqual({
    ...subscribers[0],
    status: 'deleted',
    status_code: 200,
    retries_remaining: 2,
  })
  expect(await ask(queue, 'rm_subscribers', { url: 'http://example.com/a' })).toMatchObject({
    subscribers: [{ url: 'http://example.com/b', headers: { 'X-A': 'b' } }],
  })
})

test('bodies come back as they were sent', async () => {
  const queue = aQueue()
  for (const body of ['', ' ', '{"json":[1,null]}', 'ünïcödé 🎉', 'a\0b', '\u2028', '"', '\\', 'x'.repeat(200_000)]) {
    const id = await ask(queue, 'post', body)
    expect(await ask(queue, 'get', { delete: true })).toMatchObject({ id, body })
  }
})

test('a wrong token is refused in the words of the service', async () => {
  const stranger = new ironMq.Client({ ...client.api.options, token: 'not-a-token-of-anybody', queue_name: 'x' })
  await expect(ask(stranger, 'post', 'x')).rejects.toThrow('Invalid project/token combination')
})
