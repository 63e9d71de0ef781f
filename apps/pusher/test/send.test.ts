import { type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { requestHeaders } from '../src/headers.ts'
import { aDelivery } from './delivery.ts'
import { aSender, httpServer, saying } from './servers.ts'

/** A subscriber that answers the same to all, and what was sent to it. */
async function aSubscriber(answer: (response: ServerResponse) => void) {
  const requests: { method?: string; url?: string; headers: IncomingMessage['headers']; body: Buffer }[] = []
  const server = await httpServer((request, response) => {
    const { method, url, headers } = request
    void buffer(request).then((body) => {
      requests.push({ method, url, headers, body })
      answer(response)
    })
  })
  return { ...server, requests, seen: server }
}
const status = (code: number, headers: Record<string, string> = {}, body = '') =>
  aSubscriber((response) => response.writeHead(code, headers).end(body))

test('3 the body arrives byte for byte, by POST, with its headers', async () => {
  const subscriber = await status(200)
  const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const headers = requestHeaders(aDelivery({ pushHeaders: { 'X-Name': 'Zoë 𝄞' } }), 'http://mq.example.org')
  expect(await aSender().post(`${subscriber.url}/hook?a=1&b=%20#part`, { headers, body })).toEqual({ statusCode: 200 })
  const [request] = subscriber.requests
  expect(request).toMatchObject({
    method: 'POST',
    url: '/hook?a=1&b=%20',
    headers: {
      host: `127.0.0.1:${subscriber.port}`,
      'content-length': '256',
      'content-type': 'text/plain; encoding=utf-8',
      'user-agent': 'IronMQ Pusherd',
      'iron-message-id': '1000000000000000042',
    },
  })
  expect(request!.body).toEqual(body)
  expect(Buffer.from(request!.headers['x-name'] as string, 'latin1').toString()).toBe('Zoë 𝄞')
})

test('3 an empty body and one of many MiB are bodies too', async () => {
  const subscriber = await status(200)
  const sender = aSender()
  const large = Buffer.alloc(8 * 1024 * 1024, 'x')
  await sender.post(subscriber.url, { body: Buffer.alloc(0) })
  expect(await sender.post(subscriber.url, { body: large })).toEqual({ statusCode: 200 })
  expect(subscriber.requests.map(({ body }) => body.length)).toEqual([0, large.length])
})

test('4 every status is reported as it is; that of a success without its body', async () => {
  const sender = aSender()
  for (const code of [200, 201, 202, 299]) {
    const subscriber = await status(code, {}, 'fine')
    expect(await sender.post(subscriber.url)).toEqual({ statusCode: code })
  }
  for (const code of [400, 404, 410, 429, 500, 503, 599]) {
    const subscriber = await status(code, {}, 'no')
    expect(await sender.post(subscriber.url)).toEqual({ statusCode: code, failure: 'no' })
  }
})

test('4 204 and 304 have no body, whatever they say about one', async () => {
  const sender = aSender()
  const none = await saying('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n')
  const same = await saying('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n')
  expect(await sender.post(none.url)).toMatchObject({ statusCode: 204 })
  expect(await sender.post(same.url)).toMatchObject({ statusCode: 304 })
})

test('4 answers that only announce the real one are passed over', async () => {
  const server = await saying(
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n',
  )
  expect(await aSender().post(server.url)).toEqual({ statusCode: 202 })
})

test('3 redirects are recorded and not followed', async () => {
  const other = await status(200)
  for (const code of [301, 302, 303, 307, 308]) {
    const subscriber = await status(code, { Location: `${other.url}/` })
    expect(await aSender().post(subscriber.url)).toEqual({ statusCode: code })
  }
  expect(other.requests).toEqual([])
})

test('3 the first KiB of an answer is kept, at whole characters and without NUL', async () => {
  const sender = aSender()
  const long = await status(500, {}, `${'x'.repeat(1023)}éyz`)
  const nul = await status(500, {}, 'a\0b')
  expect(await sender.post(long.url)).toEqual({ statusCode: 500, failure: 'x'.repeat(1023) })
  expect(await sender.post(nul.url)).toEqual({ statusCode: 500, failure: 'a\uFFFDb' })
})

test('U6 a user and password in the address are Basic authorization, unless the subscriber sets its own', async () => {
  const subscriber = await status(200)
  const url = subscriber.url.replace('//', '//me:secret@')
  const sender = aSender()
  await sender.post(url)
  await sender.post(url, { headers: { authorization: 'Bearer x' } })
  expect(subscriber.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from('me:secret').toString('base64')}`,
    'Bearer x',
  ])
})

test('1.1 an address without a scheme is sent to over http', async () => {
  const subscriber = await status(200)
  expect(await aSender().post(`127.0.0.1:${subscriber.port}/hook`)).toEqual({ statusCode: 200 })
})

test('the pause that a failing subscriber asks for is told', async () => {
  const sender = aSender()
  const busy = await status(503, { 'Retry-After': '7' })
  const done = await status(200, { 'Retry-After': '7' })
  expect(await sender.post(busy.url)).toEqual({ statusCode: 503, retryAfterSeconds: 7 })
  expect(await sender.post(done.url)).toEqual({ statusCode: 200 })
})

test('one connection serves one request after the other', async () => {
  const subscriber = await status(200, {}, 'x'.repeat(5000))
  const sender = aSender()
  for (let i = 0; i < 5; i++) await sender.post(subscriber.url)
  expect(subscriber.seen.connections).toBe(1)
  await Promise.all(Array.from({ length: 3 }, () => sender.post(subscriber.url)))
  expect(subscriber.seen.connections).toBeLessThanOrEqual(3)
})

test('a name that is allowed is connected under its own name, at an address that answers', async () => {
  const subscriber = await status(200)
  const sender = aSender({ resolve: () => Promise.resolve(['127.0.0.1', '::1']) })
  expect(await sender.post(`http://hook.example:${subscriber.port}/`)).toEqual({ statusCode: 200 })
  expect(subscriber.requests[0]!.headers.host).toBe(`hook.example:${subscriber.port}`)
})

test('whoever stops the sender cuts its attempts off', async () => {
  const sender = aSender()
  const subscriber = await aSubscriber(() => void sender.stop())
  const cutOff = { statusCode: 0, failure: 'the attempt was cut off because the sender stopped' }
  expect(await sender.post(subscriber.url)).toEqual(cutOff)
  expect(await sender.post(subscriber.url)).toEqual(cutOff)
  expect(subscriber.requests).toHaveLength(1)
})
