import { expect, test } from 'vitest'
import { talk, transcript } from '../../test/raw.ts'
import { serve } from '../../test/serve.ts'
import { json } from './json.ts'

const app = () =>
  serve((routes) =>
    routes
      .get('/a', () => json(200, { a: 1 }))
      .post('/a', () => json(200, { a: 1 }))
      .get('/stream', () => new Response(new Blob(['{"a":', '1}']).stream())),
  )

test.each([
  ['a plain request', 'GET /a HTTP/1.1\nHost: x'],
  ['a query', 'GET /a?q=%20&r=[1] HTTP/1.1\nHost: localhost:8080'],
  ['signs that a URL would escape', 'GET /a?q="{^}" HTTP/1.1\nHost: x'],
  ['a whole address', 'GET http://example.com/a HTTP/1.1\nHost: x'],
  ['a host in brackets', 'GET /a HTTP/1.1\nHost: [::1]:8080'],
  ['a host in capitals', 'GET /a HTTP/1.1\nHost: Example.COM'],
  ['a request without a host', 'GET /a HTTP/1.0'],
  ['a stream', 'GET /stream HTTP/1.1\nHost: x'],
])('%s is answered as a whole', async (_, request) => {
  const { port } = await app()
  const received = transcript(await talk(port, `${request}\nConnection: close\n\n`))
  expect(received).toMatch(/^HTTP\/1.1 200 OK\n/)
  expect(received).toMatch(/\{"a":[^]*1\}/) // in one chunk or two
})

test.each([
  ['two hosts in one', 'GET /a HTTP/1.1\nHost: x/y@z'],
  ['a target that is no path', 'GET a HTTP/1.1\nHost: x'],
])('%s is refused', async (_, request) => {
  const { port } = await app()
  expect(await talk(port, `${request}\nConnection: close\n\n`)).toMatch(/^HTTP\/1.1 400 /)
})

test('what is left of a body that nobody reads is not taken for the next request', async () => {
  const { port } = await app()
  const body = 'GET /a HTTP/1.1 '.repeat(20_000)
  const received = await talk(
    port,
    `POST /a HTTP/1.1\nHost: x\nContent-Length: ${body.length}\n\n${body}` +
      'GET /a HTTP/1.1\nHost: x\nConnection: close\n\n',
  )
  expect(received.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2)
})
