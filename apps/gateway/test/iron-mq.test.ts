import ironMq from 'iron_mq'
import { expect, test } from 'vitest'
import { ask } from './ask.ts'
import { aDatabase, aFolder, aGateway } from './gateway.ts'

// The published v3 client for Node, unchanged, with nothing but the iron.json of a first start.
const dataDir = await aFolder()
const { credentials } = await aGateway(await aDatabase(), { dataDir, projectId: undefined, token: undefined })
const client = new ironMq.Client({ config: credentials.ironFile })

let queues = 0
const aQueue = () => client.queue(`queue ${queues++} of iron_mq`.replaceAll(' ', '-'))
const nameOf = (queue: any): string => queue.api.options.queue_name

test('create, info, update, list and delete a queue', async () => {
  const queue = aQueue()
  const name = nameOf(queue)
  const created = await ask(client, 'create_queue', name, { message_timeout: 45, message_expiration: 3000 })
  expect(created.queue).toMatchObject({ name, type: 'pull', message_timeout: 45, message_expiration: 3000 })
  expect(await ask(queue, 'info')).toMatchObject({ name, size: 0, total_messages: 0, message_timeout: 45 })
  expect((await ask(client, 'update_queue', name, { message_timeout: 30 })).queue).toMatchObject({
    message_timeout: 30,
  })
  expect((await ask(queue, 'update', { message_timeout: 31 })).queue).toMatchObject({ message_timeout: 31, size: 0 })
  expect(await ask(client, 'queues', {})).toContainEqual({ name })
  expect(await ask(client, 'queues', { per_page: 1, previous: name.slice(0, -1), prefix: name })).toEqual([{ name }])
  expect(await ask(queue, 'del_queue')).toMatchObject({ msg: 'Deleted' })
  await expect(ask(queue, 'info')).rejects.toThrow('Unknown error') // the client loses our words here
})

test('post one and many, with and without options', async () => {
  const queue = aQueue()
  expect(await ask(queue, 'post', 'text')).toMatch(/^\d{19}$/)
  const ids = await ask(queue, 'post', ['a', { body: 'b' }, { body: 'c', delay: 60 }])
  expect(ids).toEqual([expect.stringMatching(/^\d{19}$/), expect.any(String), expect.any(String)])
  expect(await ask(queue, 'info')).toMatchObject({ size: 4, total_messages: 4 })
})

test('reserve, get and get_n; delete with the reservation', async () => {
  const queue = aQueue()
  await ask(queue, 'post', ['1', '2', '3', '4'])
  const first = await ask(queue, 'reserve', {})
  expect(first).toEqual({
    id: expect.stringMatching(/^\d{19}$/),
    body: '1',
    reserved_count: 1,
    reservation_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
  expect((await ask(queue, 'get', { n: 1, timeout: 60 })).body).toBe('2')
  expect((await ask(queue, 'get_n', { n: 5 })).map(({ body }: any) => body)).toEqual(['3', '4'])
  expect(await ask(queue, 'reserve', {})).toBeUndefined()
  expect(await ask(queue, 'get_n', { n: 5, wait: 1 })).toEqual([])

  expect(await ask(queue, 'del', first.id, { reservation_id: first.reservation_id })).toMatchObject({ msg: 'Deleted' })
  await expect(ask(queue, 'del', first.id, { reservation_id: first.reservation_id })).rejects.toThrow(
    'Message not found',
  )
  expect(await ask(queue, 'info')).toMatchObject({ size: 3, total_messages: 4 })
})

test('reserve and delete in one go', async () => {
  const queue = aQueue()
  await ask(queue, 'post', 'gone')
  expect((await ask(queue, 'reserve', { delete: true })).body).toBe('gone')
  expect(await ask(queue, 'info')).toMatchObject({ size: 0, total_messages: 1 })
})

test('peek and look at a message without reserving it', async () => {
  const queue = aQueue()
  const [id] = await ask(queue, 'post', ['1', '2'])
  expect(await ask(queue, 'peek', {})).toMatchObject({ id, body: '1', reserved_count: 0 })
  expect((await ask(queue, 'peek_n', { n: 2 })).map(({ body }: any) => body)).toEqual(['1', '2'])
  expect(await ask(queue, 'msg_get', id)).toMatchObject({ id, body: '1' })
  await expect(ask(queue, 'msg_get', '1999999999999999999')).rejects.toThrow('Unknown error')
})

test('touch trades the reservation for a new one, release puts the message back', async () => {
  const queue = aQueue()
  await ask(queue, 'post', 'work')
  const { id, reservation_id: first } = await ask(queue, 'reserve', {})
  const { reservation_id: second } = await ask(queue, 'msg_touch', id, first, { timeout: 60 })
  expect(second).toMatch(/^[0-9a-f]{32}$/)
  expect(second).not.toBe(first)
  await expect(ask(queue, 'msg_touch', id, first, {})).rejects.toThrow('Reservation timed out')
  await expect(ask(queue, 'del', id, { reservation_id: first })).rejects.toThrow('Reservation timed out')
  await expect(ask(queue, 'del', id, {})).rejects.toThrow('A reservation_id is required')
  expect(await ask(queue, 'msg_release', id, second, { delay: 0 })).toMatchObject({ msg: 'Released' })
  expect(await ask(queue, 'reserve', {})).toMatchObject({ id, body: 'work' })
})

test('delete several, by ids or with reservations, and clear', async () => {
  const queue = aQueue()
  const ids = await ask(queue, 'post', ['1', '2', '3', '4', '5'])
  expect(await ask(queue, 'del_multiple', { ids: ids.slice(0, 2) })).toMatchObject({ msg: 'Deleted' })
  const reserved = await ask(queue, 'get_n', { n: 2 })
  expect(reserved.map(({ body }: any) => body)).toEqual(['3', '4'])
  expect(await ask(queue, 'del_multiple', { reservation_ids: reserved })).toMatchObject({ msg: 'Deleted' })
  expect(await ask(queue, 'info')).toMatchObject({ size: 1, total_messages: 5 })
  expect(await ask(queue, 'clear')).toMatchObject({ msg: 'Cleared' })
  expect(await ask(queue, 'info')).toMatchObject({ size: 0, total_messages: 5 })
})

test('bodies come back as they were sent', async () => {
  const queue = aQueue()
  for (const body of ['', ' ', '{"json":[1,null]}', 'ünïcödé 🎉', 'a\0b', '\u2028', '"', '\\', 'x'.repeat(200_000)]) {
    const id = await ask(queue, 'post', body)
    expect(await ask(queue, 'reserve', { delete: true })).toMatchObject({ id, body })
  }
})

test('calls about subscribers are answered as for any pull queue', async () => {
  const queue = aQueue()
  const id = await ask(queue, 'post', 'x')
  const subscriber = { name: 'one', url: 'http://example.com/' }
  for (const method of ['add_subscribers', 'rm_subscribers', 'rpl_subscribers']) {
    await expect(ask(queue, method, [subscriber]), method).rejects.toThrow(/\w/)
  }
  expect(await ask(queue, 'msg_push_statuses', id)).toEqual({ subscribers: [] })
  const { reservation_id } = await ask(queue, 'reserve', {})
  expect(await ask(queue, 'del_msg_push_status', id, reservation_id, 'one')).toMatchObject({ msg: 'Deleted' })
})

test('a push queue and its subscribers', async () => {
  const queue = aQueue()
  const name = nameOf(queue)
  const one = { name: 'one', url: 'http://example.com/1' }
  const two = { name: 'two', url: 'http://example.com/2', headers: { 'X-A': 'b' } }
  const push = { subscribers: [one], retries: 5, retries_delay: 30, error_queue: 'errors' }
  expect((await ask(client, 'create_queue', name, { type: 'unicast', push })).queue).toMatchObject({
    type: 'unicast',
    push,
  })
  const subscribers = async () => (await ask(queue, 'info')).push.subscribers
  expect(await ask(queue, 'add_subscribers', two)).toEqual({ msg: 'Updated' })
  expect(await subscribers()).toEqual([one, two])
  expect(await ask(queue, 'rm_subscribers', [one])).toEqual({ msg: 'Updated' })
  expect(await subscribers()).toEqual([two])
  expect(await ask(queue, 'rpl_subscribers', [one])).toEqual({ msg: 'Updated' })
  expect((await ask(queue, 'update', { push: { retries: 0 } })).queue.push).toEqual({ ...push, retries: 0 })
  await expect(ask(queue, 'update', { type: 'pull' })).rejects.toThrow('Queue type cannot be changed')

  const id = await ask(queue, 'post', { body: 'work', delay: 600 })
  expect(await ask(queue, 'msg_push_statuses', id)).toEqual({ subscribers: [] }) // nobody was tried yet
  expect(await ask(queue, 'msg_get', id)).toMatchObject({ id, body: 'work' })
  await expect(ask(queue, 'del_msg_push_status', id, '0'.repeat(32), 'one')).rejects.toThrow('Reservation timed out')
  expect(await ask(queue, 'del', id, {})).toEqual({ msg: 'Deleted' })
})

test('a wrong token is refused in the words of the service', async () => {
  const stranger = new ironMq.Client({ ...client.api.options, token: 'not-a-token-of-anybody', queue_name: 'x' })
  await expect(ask(stranger, 'post', 'x')).rejects.toThrow('Invalid project/token combination')
})
