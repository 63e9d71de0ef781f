import { type IncomingHttpHeaders, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@weldmq/testing'
import ironMqV3 from 'iron_mq'
import ironMqV2 from 'iron_mq_v2'
import { expect, test } from 'vitest'
import { readConfig } from '../src/index.ts'
import { ask } from './ask.ts'
import { aDatabase, aGateway, adminToken, projectId, undoAtEnd } from './gateway.ts'

// Push queues from end to end: published clients make them and read statuses, and a receiver that knows no token
// acknowledges with what the delivery told it.
const { push } = readConfig({ WELDMQ_PUSH_ALLOW: '127.0.0.1' })
const gateway = await aGateway(await aDatabase(), { push })
const { hostname: host, port } = new URL(gateway.url)
const options = { scheme: 'http', host, port, project_id: projectId, token: adminToken }
const v2Client = new ironMqV2.Client(options)
const v3Client = new ironMqV3.Client(options)

/** Accepts everything, and does none of it. */
const received: { headers: IncomingHttpHeaders; body: string }[] = []
const receiver = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    received.push({ headers: request.headers, body })
    response.writeHead(202).end()
  })
})
await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready))
undoAtEnd(async () => receiver.close())
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`

/** The headers of the delivery of this message, once it came and was accepted. */
async function headersOf(queue: any, id: string): Promise<Record<string, string>> {
  await until(async () => (await ask(queue, 'msg_push_statuses', id)).subscribers[0]?.status_code === 202)
  return received.find(({ headers }) => headers['iron-message-id'] === id)!.headers as Record<string, string>
}

/** A DELETE that says nothing but what is in it. */
async function acknowledge(address: string, body?: unknown) {
  const init = { method: 'DELETE', ...(body !== undefined && { body: JSON.stringify(body) }) }
  const answer = await fetch(address, init)
  return `${answer.status} ${await answer.text()}`
}

const deleted = '200 {"msg":"Deleted"}'
const done = (more: object) => ({
  subscribers: [expect.objectContaining({ status: 'deleted', status_code: 200, ...more })],
})

test('X8 P-4 a receiver of a v3 queue acknowledges at the address it was given, without a token', async () => {
  const queue = v3Client.queue('of v3')
  await ask(v3Client, 'create_queue', 'of v3', { push: { subscribers: [{ name: 'one', url }] } })
  const id = await ask(queue, 'post', 'work')
  const headers = await headersOf(queue, id)
  const address = headers['iron-subscriber-message-url']!
  expect(await ask(queue, 'msg_push_statuses', id)).toMatchObject({
    subscribers: [{ name: 'one', subscriber_name: 'one', url, status_code: 202, tries: 1, retries_remaining: 2 }],
  })
  const keys = { reservation_id: headers['iron-reservation-id'], subscriber_name: headers['iron-subscriber-name'] }
  expect(await acknowledge(address, { ...keys, subscriber_name: 'two' })).toMatch(/^401 /)
  expect(await acknowledge(address, { id, ...keys })).toBe(deleted)
  expect(await ask(queue, 'msg_push_statuses', id)).toEqual(done({ name: 'one' }))
  expect((await ask(queue, 'info')).size).toBe(0)
})

test('X8 the v3 client acknowledges with its token', async () => {
  const queue = v3Client.queue('of v3')
  const id = await ask(queue, 'post', 'more work')
  const headers = await headersOf(queue, id)
  const reservation = headers['iron-reservation-id']
  await expect(ask(queue, 'del_msg_push_status', id, reservation, 'two')).rejects.toThrow('Reservation timed out')
  expect(await ask(queue, 'del_msg_push_status', id, reservation, 'one')).toEqual({ msg: 'Deleted' })
  expect(await ask(queue, 'msg_push_statuses', id)).toEqual(done({ name: 'one' }))
})

test('K4 K5 P-4 a receiver of a v2 queue does so as well, and may say it twice', async () => {
  const queue = v2Client.queue('of v2')
  await ask(queue, 'update', { push_type: 'unicast', subscribers: [{ url, headers: { 'X-A': 'b' } }] })
  const id = await ask(queue, 'post', 'work')
  const headers = await headersOf(queue, id)
  expect(headers['x-a']).toBe('b')
  const address = headers['iron-subscriber-message-url']!
  expect(new URL(address).pathname.split('/')[5]).toBe('of%20v2')
  expect(await acknowledge(address.replace(/\d{19}$/, '1000000000000000000'))).toMatch(/^401 /)
  expect(await acknowledge(address)).toBe(deleted)
  expect(await acknowledge(address)).toBe(deleted)
  expect(await ask(queue, 'msg_push_statuses', id)).toEqual(done({ id: headers['iron-subscriber-message-id'], url }))
})

test('M22 either way of acknowledging works for either queue', async () => {
  const v3Queue = v3Client.queue('of v3')
  const first = await ask(v3Queue, 'post', 'to v3')
  const ofV3 = await headersOf(v3Queue, first)
  const asV2 = `${gateway.url}/1/projects/${projectId}/queues/of%20v3/messages/${first}/subscribers/`
  expect(await acknowledge(asV2 + ofV3['iron-subscriber-message-id'])).toBe(deleted)

  const v2Queue = v2Client.queue('of v2')
  const second = await ask(v2Queue, 'post', 'to v2')
  const ofV2 = await headersOf(v2Queue, second)
  const asV3 = `${gateway.url}/3/projects/${projectId}/queues/of%20v2/messages/${second}`
  const keys = { reservation_id: ofV2['iron-reservation-id'], subscriber_name: ofV2['iron-subscriber-name'] }
  expect(await acknowledge(asV3, keys)).toBe(deleted)
})
