import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test, vi } from 'vitest'
import { aBeanstalkSession } from './beanstalk-session.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'
import { aStream } from './stream.ts'

// The live stream beside the other doors, and over two gateways on one database.
const database = await aDatabase()
const [one, two] = [await aGateway(database), await aGateway(database)]
const queues = `/3/projects/${projectId}/queues`
let last = 0
const newQueue = async () => {
  const name = `live-${++last}`
  await one.send('PUT', `${queues}/${name}`, {})
  return name
}
const streamOn = (gateway: typeof one) => aStream(gateway.url, projectId, adminToken)
const reserve = async (gateway: typeof one, queue: string, more: object = {}) =>
  (await gateway.send('POST', `${queues}/${queue}/reservations`, { n: 10, ...more })).json.messages

test('a message that v3 posted at one gateway comes to a stream at another, which v3 then deletes', async () => {
  const queue = await newQueue()
  const stream = await streamOn(two)
  await stream.subscribe(queue)
  await one.send('POST', `${queues}/${queue}/messages`, { messages: [{ body: 'over there' }] })
  const message = await stream.message(queue)
  expect(message).toMatchObject({ body: 'over there', reserved_count: 1 })
  expect(await reserve(one, queue)).toEqual([])
  const { reservation_id } = message
  expect((await one.send('DELETE', `${queues}/${queue}/messages/${message['id']}`, { reservation_id })).status).toBe(
    200,
  )
  expect(await stream.take(({ type }) => type === 'lost')).toMatchObject({ ids: [message['id']], why: 'deleted' })
})

test('what v3 reserved the stream deletes', async () => {
  const queue = await newQueue()
  await one.send('POST', `${queues}/${queue}/messages`, { messages: [{ body: 'work' }] })
  const [message] = await reserve(one, queue)
  const stream = await streamOn(two)
  expect(await stream.delete(queue, message)).toMatchObject({ type: 'ok' })
  expect((await one.send('GET', `${queues}/${queue}`)).json.queue.size).toBe(0)
})

test('v2 and the stream: what one posted the other consumes', async () => {
  const queue = await newQueue()
  const stream = await streamOn(one)
  await stream.subscribe(queue)
  await two.send('POST', `/1/projects/${projectId}/queues/${queue}/messages`, { messages: [{ body: 'from v2' }] })
  const message = await stream.message(queue)
  expect(message['body']).toBe('from v2')
  // With v2 whoever knows the message may delete it.
  await two.send('DELETE', `/1/projects/${projectId}/queues/${queue}/messages/${message['id']}`)
  expect(await stream.take(({ type }) => type === 'lost')).toMatchObject({ why: 'deleted' })
  await stream.ask({ type: 'unsubscribe', sub: queue })
  await stream.ask({ type: 'post', queue, messages: [{ body: 'from the stream' }] })
  const got = await two.send('GET', `/1/projects/${projectId}/queues/${queue}/messages?n=1`)
  expect(got.json.messages).toMatchObject([{ body: 'from the stream' }])
})

test('beanstalk and the stream: put, message, bury, kick, message', async () => {
  const queue = await newQueue()
  const beanstalk = await aBeanstalkSession(one.beanstalk[0]!)
  const stream = await streamOn(two)
  await stream.subscribe(queue)
  await beanstalk.ask(`use ${queue}`)
  expect(await beanstalk.ask('put 1 0 60 4', 'work')).toEqual([expect.stringMatching(/^INSERTED /)])
  const message = await stream.message(queue)
  expect(message['body']).toBe('work')
  const ids = [{ id: message['id'], reservation_id: message['reservation_id'] }]
  expect(await stream.ask({ type: 'bury', queue, ids })).toMatchObject({ type: 'ok' })
  expect(await beanstalk.ask('kick 10')).toEqual(['KICKED 1'])
  const again = await stream.message(queue)
  expect(again).toMatchObject({ id: message['id'], reserved_count: 2 })
  expect(await stream.delete(queue, again)).toMatchObject({ type: 'ok' })
  expect(await beanstalk.ask('peek-ready')).toEqual(['NOT_FOUND'])
  beanstalk.close()
})

test('a socket that dies at one gateway frees its messages for a long poll at the other', async () => {
  const queue = await newQueue()
  const stream = await streamOn(one)
  await stream.subscribe(queue, { timeout: 86_400 })
  await stream.ask({ type: 'post', queue, messages: [{ body: 'work' }] })
  await stream.message(queue)
  const waiting = reserve(two, queue, { wait: 20 })
  stream.close()
  expect(await waiting).toMatchObject([{ body: 'work', reserved_count: 2 }])
})

test('a client that offers HTTP/2 on the way is answered in HTTP/1.1, body and all', async () => {
  const queue = await newQueue()
  const { hostname, port } = new URL(one.url)
  const body = JSON.stringify({ messages: [{ body: 'old' }] })
  const socket = connect(Number(port), hostname)
  socket.write(
    `POST ${queues}/${queue}/messages HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade, HTTP2-Settings\r\n` +
      `Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nAuthorization: OAuth ${adminToken}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  socket.write(body.slice(5))
  let answers = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answers += text))
  await vi.waitFor(() => expect(answers).toMatch(/^HTTP\/1\.1 201 Created\r\n[^]*Messages put on queue\./))
  answers = ''
  socket.write(`GET ${queues}/${queue} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: OAuth ${adminToken}\r\n\r\n`)
  await vi.waitFor(() => expect(answers).toMatch(/HTTP\/1\.1 200 /))
  socket.destroy()
})

test('the live page is there on loopback, tickets are v3’s, and the metrics tell of the stream', async () => {
  const stream = await streamOn(one)
  await stream.subscribe(await newQueue())
  const page = await one.send('GET', '/stream/live')
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const made = await one.send('POST', `/3/projects/${projectId}/stream/tickets`, { queue: 'q', verbs: ['produce'] })
  expect([made.status, made.json]).toEqual([201, { ticket: expect.any(String), expires_in: 60 }])
  const { text } = await one.send('GET', '/metrics')
  expect(text).toMatch(/^weldmq_stream_connections [1-9]/m)
  expect(text).toMatch(/^weldmq_stream_subscriptions [1-9]/m)
  expect(text).toMatch(/^weldmq_stream_frames_total\{type="subscribe"\} [1-9]/m)
})

test('on loopback, a name that somebody lets point to it is refused, as for pages', async () => {
  const { hostname, port } = new URL(one.url)
  const socket = connect(Number(port), hostname)
  socket.write(
    `GET /3/projects/${projectId}/stream HTTP/1.1\r\nHost: evil.example.com\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
      'Sec-WebSocket-Protocol: weldmq.v1.json\r\n\r\n',
  )
  expect((await once(socket.setEncoding('utf8'), 'data'))[0]).toMatch(/^HTTP\/1\.1 403 /)
})

test('a gateway that stops tells its streams, and gives back what they hold', async () => {
  const queue = await newQueue()
  const third = await aGateway(database)
  const stream = await streamOn(third)
  await stream.subscribe(queue, { timeout: 86_400 })
  await stream.ask({ type: 'post', queue, messages: [{ body: 'work' }] })
  await stream.message(queue)
  const stopped = third.stop()
  expect(await stream.take(({ type }) => type === 'going')).toMatchObject({ in: 3 })
  expect(await reserve(one, queue, { wait: 20 })).toMatchObject([{ body: 'work' }])
  await stopped
})
