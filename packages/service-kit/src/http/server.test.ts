import { once } from 'node:events'
import { connect } from 'node:net'
import { Unavailable } from '@weldmq/queue-core'
import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { talk, transcript } from '../../test/raw.ts'
import { serve, witness } from '../../test/serve.ts'
import { httpApp } from './app.ts'
import { readJson } from './body.ts'
import { endpoint } from './endpoint.ts'
import { json, message } from './json.ts'
import { startHttp } from './server.ts'

/** A handler that answers when it is told to; `arrived` resolves with how to tell it. */
function held() {
  let arrive: (answer: () => void) => void
  const arrived = new Promise<() => void>((resolve) => (arrive = resolve))
  const handler = () => new Promise<Response>((resolve) => arrive(() => resolve(message(200, 'done'))))
  return { handler, arrived }
}

test('an answer has exactly these headers', async () => {
  const { port } = await serve((app) => app.get('/euro', () => json(200, { sign: '€' })))
  const received = await talk(port, 'GET /euro HTTP/1.1\nHost: x\nConnection: close\nAccept-Encoding: gzip\n\n')
  expect(transcript(received)).toBe(
    'HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\nContent-Length: 14\nConnection: close\n\n' +
      Buffer.from('{"sign":"€"}').toString('latin1'),
  )
})

test('an unknown path is 404, a known path with another method 405 with Allow', async () => {
  const { url } = await serve((app) => app.get('/a/:b', () => json(200, {})).delete('/a/:b', () => json(200, {})))
  const lost = await fetch(`${url}/nowhere`)
  expect([lost.status, await lost.text()]).toEqual([404, '{"msg":"Not found"}'])
  const other = await fetch(`${url}/a/b`, { method: 'PUT' })
  expect([other.status, other.headers.get('allow'), await other.text()]).toEqual([
    405,
    'GET, DELETE',
    '{"msg":"Method not allowed"}',
  ])
  expect((await fetch(`${url}/a/b`, { method: 'OPTIONS' })).status).toBe(405)
  expect((await fetch(`${url}/a/b`, { method: 'HEAD' })).status).toBe(200)
})

test.each([
  ['not HTTP at all', 'HELLO\n\n', 400, 'The request is not valid HTTP'],
  ['a space in the path', 'GET /a b HTTP/1.1\nHost: x\n\n', 400, 'The request is not valid HTTP'],
  ['no Host', 'GET /a HTTP/1.1\nConnection: close\n\n', 400, 'The Host header is required'],
  ['a backslash', 'GET /a\\b HTTP/1.1\nHost: x\nConnection: close\n\n', 400, 'The request target is malformed'],
  ['large headers', `GET /a HTTP/1.1\nHost: x\nX: ${'a'.repeat(17_000)}\n\n`, 431, 'The request headers are too large'],
  [
    'two lengths',
    'POST /a HTTP/1.1\nHost: x\nContent-Length: 5\nContent-Length: 6\n\nhello!',
    400,
    'The request is not valid HTTP',
  ],
  [
    'length and chunks',
    'POST /a HTTP/1.1\nHost: x\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n',
    400,
    'The request is not valid HTTP',
  ],
  [
    'a coding under the chunks',
    'POST /a HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: gzip, chunked\n\n0\n\n',
    400,
    'Transfer-Encoding must be chunked',
  ],
  ['two hosts', 'GET /a HTTP/1.1\nHost: x\nhost: x\nConnection: close\n\n', 400, 'There must be one Host header'],
])('%s is answered in JSON', async (_, request, status, msg) => {
  const { port } = await serve((app) => app.get('/a', () => json(200, {})))
  const received = transcript(await talk(port, request))
  expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(received).toContain('\nContent-Type: application/json\n')
  expect(received).toContain(`\nContent-Length: ${JSON.stringify({ msg }).length}\n`)
  expect(received).toContain('\nConnection: close\n')
  expect(received.endsWith(`\n\n${JSON.stringify({ msg })}`)).toBe(true)
})

test('an answer under way is still given when garbage follows its request', async () => {
  const slow = held()
  const { port } = await serve((app) => app.get('/slow', slow.handler))
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
  socket.write('GARBAGE\r\n\r\n')
  const answer = await slow.arrived
  setImmediate(answer)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  const received = Buffer.concat(chunks).toString()
  expect(received).toContain('{"msg":"done"}')
  expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1)
})

test('headers that do not arrive are answered with 408', async () => {
  const { port } = await serve((app) => app.get('/a', () => json(200, {})), { limits: { headersMilliseconds: 100 } })
  expect(transcript(await talk(port, 'GET /a HTTP/1.1\nHost'))).toMatch(
    /^HTTP\/1.1 408 Request Timeout\n.*arrive in time"}$/s,
  )
})

test('a TLS handshake that does not arrive ends the connection', async () => {
  const { cert, private: key } = generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  const { port } = await serve(() => {}, { tls: { cert, key }, limits: { headersMilliseconds: 100 } })
  const silent = connect(port, '127.0.0.1').resume()
  await expect(once(silent, 'close')).resolves.toEqual([false])
})

test('a body that does not arrive is answered with 408', async () => {
  const { port } = await serve(
    (app, around) =>
      app.post(
        '/a',
        endpoint(around, '/a', async (c) => json(200, await readJson(c.env.incoming, 100))),
      ),
    { limits: { headersMilliseconds: 100, requestMilliseconds: 200 } },
  )
  const received = await talk(port, 'POST /a HTTP/1.1\nHost: x\nContent-Length: 5\n\n{')
  expect(transcript(received)).toMatch(/^HTTP\/1.1 408 Request Timeout\n/)
})

test('Expect: 100-continue is met', async () => {
  const { port } = await serve((app) => app.post('/a', async (c) => json(200, await readJson(c.env.incoming, 100))))
  const received = await talk(
    port,
    'POST /a HTTP/1.1\nHost: x\nExpect: 100-continue\nConnection: close\nContent-Length: 7\n\n{"a":1}',
  )
  expect(received).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/)
})

test('POST stands for the method it names, except on a webhook', async () => {
  const { url } = await serve((app) => app.all('/:any', (c) => json(200, { method: c.req.method })))
  const post = async (path: string, method: string) => {
    const answer = await fetch(url + path, { method: 'POST', headers: { 'X-HTTP-Method-Override': method } })
    return `${answer.status} ${await answer.text()}`
  }
  expect(await post('/q', 'DELETE')).toBe('200 {"method":"DELETE"}')
  expect(await post('/q', 'patch')).toBe('200 {"method":"PATCH"}')
  expect(await post('/q', 'PUT')).toBe('200 {"method":"PUT"}')
  expect(await post('/webhook', 'DELETE')).toBe('200 {"method":"POST"}')
  expect(await post('/webhook/?x', 'DELETE')).toBe('200 {"method":"POST"}')
  expect(await post('/q', 'GET')).toBe('400 {"msg":"X-HTTP-Method-Override must be DELETE, PATCH or PUT"}')
  const get = await fetch(`${url}/q`, { headers: { 'X-HTTP-Method-Override': 'DELETE' } })
  expect(await get.json()).toEqual({ method: 'GET' })
})

test('a fault is answered with 500 and an incident id that is in the log', async () => {
  const { url, lines } = await serve((app, around) =>
    app.get(
      '/a',
      endpoint(around, '/a', () => {
        throw new Error('secret detail')
      }),
    ),
  )
  const answer = await fetch(`${url}/a`)
  expect([answer.status, await answer.text()]).toEqual([500, '{"msg":"Internal error"}'])
  const logged = lines.map((line) => JSON.parse(line)).find((line) => line.level === 50)
  expect(logged).toMatchObject({ incident: answer.headers.get('x-incident-id'), err: { message: 'secret detail' } })
})

test('an unreachable database is answered with 503', async () => {
  const { url } = await serve((app, around) =>
    app.get(
      '/a',
      endpoint(around, '/a', () => {
        throw new Unavailable('connection refused by 10.0.0.1')
      }),
    ),
  )
  const answer = await fetch(`${url}/a`)
  expect([answer.status, await answer.text()]).toEqual([503, '{"msg":"Temporarily unavailable, nothing was stored"}'])
})

test('requests are logged at debug, without their token', async () => {
  const { url, lines } = await serve((app, around) =>
    app.get(
      '/a',
      endpoint(around, '/a', () => json(200, {})),
    ),
  )
  await fetch(`${url}/a?oauth=geheim`, { headers: { Authorization: 'OAuth geheim' } })
  expect(lines.join('')).not.toContain('geheim')
  expect(JSON.parse(lines[0]!)).toMatchObject({ method: 'GET', url: '/a?oauth=[redacted]', status: 200 })
})

test('answers to requests sent ahead come in their order, and broken ones behind them end the connection', async () => {
  const slow = held()
  const { port } = await serve((app) => app.get('/slow', slow.handler).get('/quick', () => message(200, 'quick')))
  const get = (path: string) => `GET ${path} HTTP/1.1\nHost: x\n\n`
  const received = talk(port, `${get('/slow')}${get('/quick')}GARBAGE\n\n`)
  const answer = await slow.arrived
  setImmediate(answer)
  // The connection ended, or this would still wait.
  expect((await received).match(/"\w+"\}/g)).toEqual(['"done"}', '"quick"}'])
})

test('a connection may not send ahead without end', async () => {
  const { port } = await serve((app) => app.get('/never', () => new Promise<Response>(() => {})), {
    limits: { requestsPerConnection: 3 },
  })
  expect(await talk(port, 'GET /never HTTP/1.1\nHost: x\n\n'.repeat(4))).toBe('')
})

test('connections beyond the limit of an address are closed', async () => {
  const { port } = await serve((app) => app.get('/a', () => json(200, {})), { limits: { connectionsPerAddress: 1 } })
  const first = connect(port, '127.0.0.1')
  await once(first, 'connect')
  await expect(talk(port, 'GET /a HTTP/1.1\nHost: x\nConnection: close\n\n')).resolves.toBe('')
  first.destroy()
  await once(first, 'close')
  await expect.poll(() => talk(port, 'GET /a HTTP/1.1\nHost: x\nConnection: close\n\n')).toMatch(/^HTTP\/1.1 200 OK/)
})

test('stop lets an answer under way end, with Connection: close, and closes idle connections', async () => {
  const slow = held()
  const server = await serve((app) => app.get('/slow', slow.handler).get('/quick', () => message(200, 'quick')))
  const idle = connect(server.port, '127.0.0.1')
  idle.write('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const answered = talk(server.port, 'GET /slow HTTP/1.1\nHost: x\n\n')
  const answer = await slow.arrived

  const idleClosed = once(idle, 'close')
  const stopped = server.stop()
  await idleClosed
  await expect(talk(server.port, 'GET /quick HTTP/1.1\nHost: x\n\n')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  answer()
  expect(transcript(await answered)).toMatch(/^HTTP\/1.1 200 OK\n.*Connection: close\n.*"done"}$/s)
  await stopped
})

test('stop ends what does not end by itself', async () => {
  const never = held()
  const server = await serve((app) => app.get('/never', never.handler))
  const cut = talk(server.port, 'GET /never HTTP/1.1\nHost: x\n\n')
  await never.arrived
  await server.stop(10)
  expect(await cut).toBe('')
})

test('an address that is taken is named', async () => {
  const { port, address } = await serve((app) => app)
  const { log, metrics } = witness()
  await expect(startHttp({ fetch: httpApp({ log, metrics }).fetch, host: '127.0.0.1', port, log })).rejects.toThrow(
    `Cannot listen on ${address}: another program already uses that address`,
  )
})

test('stop does not wait for a connection that never asked for anything', async () => {
  const server = await serve((app) => app.get('/', () => json(200, {})))
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  const ended = once(socket, 'end')
  socket.resume()
  // Longer than this test may take: only an early end can make it pass.
  await server.stop(120_000)
  expect(await ended).toEqual([])
})
