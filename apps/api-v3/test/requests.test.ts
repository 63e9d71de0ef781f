import { gzipSync } from 'node:zlib'
import { beforeEach, expect, test } from 'vitest'
import { talk } from './raw.ts'
import { type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

const unauthorized = '401 {"msg":"Invalid project/token combination"}'

const ask = async (path: string, headers: Record<string, string>) => {
  const answer = await fetch(v3.url + path, { headers })
  return `${answer.status} ${await answer.text()}`
}

test.each(['OAuth', 'oauth', 'OAUTH', 'Bearer', 'bearer'])('auth.1 the scheme %s carries a token', async (scheme) => {
  expect(await ask(`${my.base}/queues`, { Authorization: `${scheme} ${my.token}` })).toBe('200 {"queues":[]}')
})

test('auth.2 the query carries a token too, and the header wins', async () => {
  expect(await ask(`${my.base}/queues?oauth=${my.token}`, {})).toBe('200 {"queues":[]}')
  const path = `${my.base}/queues?oauth=wrong`
  expect(await ask(path, { Authorization: `OAuth ${my.token}` })).toBe('200 {"queues":[]}')
  expect(await ask(`${my.base}/queues?oauth=${my.token}`, { Authorization: 'OAuth wrong' })).toBe(unauthorized)
  expect(await ask(`${my.base}/queues?oauth=${my.token}`, { Authorization: 'OAuth ' })).toBe(unauthorized)
})

test('auth.3 whatever is wrong with token or project, the answer has the same bytes', async () => {
  const their = await v3.aProject()
  const answers = await Promise.all(
    [
      [my.base, 'OAuth wrong'],
      [my.base, 'OAuth '],
      [my.base, 'Basic eDp5'],
      [their.base, `OAuth ${my.token}`],
      ['/3/projects/4e25e1d25c0dd27801000275', `OAuth ${my.token}`],
      ['/3/projects/nonsense', `OAuth ${my.token}`],
      ['/3/projects/%00', `OAuth ${my.token}`],
      ['/3/projects/%zz', `OAuth ${my.token}`],
    ].map(([base, authorization]) =>
      talk(v3.port, `GET ${base}/queues HTTP/1.1\nHost: x\nConnection: close\nAuthorization: ${authorization}\n\n`),
    ),
  )
  const bare = await talk(v3.port, `GET ${my.base}/queues HTTP/1.1\nHost: x\nConnection: close\n\n`)
  expect(new Set([...answers, bare])).toEqual(
    new Set([
      'HTTP/1.1 401 Unauthorized\nContent-Type: application/json\nCache-Control: no-store\nContent-Length: 43\n' +
        'Connection: close\n\n{"msg":"Invalid project/token combination"}',
    ]),
  )
})

test('auth.4 a token does what its scopes say', async () => {
  await my.say('PUT', '/queues/q')
  const withScope = async (scope: 'produce' | 'consume' | 'manage') => {
    const headers = { Authorization: `OAuth ${await my.tokenFor({ scopes: [scope] })}` }
    const said = async (method: string, path: string, body?: unknown) =>
      (await my.send(method, path, body, headers)).status
    return {
      post: await said('POST', '/queues/q/messages', { messages: [{ body: 'a' }] }),
      webhook: await said('POST', '/queues/q/webhook', 'a'),
      reserve: await said('POST', '/queues/q/reservations'),
      clear: await said('DELETE', '/queues/q/messages'),
      put: await said('PUT', '/queues/q'),
      info: await said('GET', '/queues/q'),
      list: await said('GET', '/queues'),
    }
  }
  const no = { post: 403, webhook: 403, reserve: 403, clear: 403, put: 403, info: 200, list: 200 }
  expect(await withScope('produce')).toEqual({ ...no, post: 201, webhook: 201 })
  expect(await withScope('consume')).toEqual({ ...no, reserve: 200, clear: 200 })
  expect(await withScope('manage')).toEqual({ ...no, put: 200 })

  const authorization = `OAuth ${await my.tokenFor({ scopes: ['consume'] })}`
  expect(await my.say('DELETE', '/queues/q', undefined, { Authorization: authorization })).toBe(
    '403 {"msg":"This token does not have the scope manage"}',
  )
})

test('http.1 an answer has exactly these bytes', async () => {
  const body = '{"messages":[{"body":"hello"}]}'
  const posted = await talk(
    v3.port,
    `POST ${my.base}/queues/q/messages HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n` +
      `Accept-Encoding: gzip/deflate\nContent-Length: ${body.length}\n\n${body}`,
  )
  expect(posted.replace(/1\d{18}/, 'ID')).toBe(
    'HTTP/1.1 201 Created\nContent-Type: application/json\nCache-Control: no-store\nContent-Length: 62\n' +
      'Connection: close\n\n{"ids":["ID"],"msg":"Messages put on queue."}',
  )
  const missing = await talk(
    v3.port,
    `GET ${my.base}/queues/none HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n\n`,
  )
  expect(missing).toBe(
    'HTTP/1.1 404 Not Found\nContent-Type: application/json\nCache-Control: no-store\nContent-Length: 25\n' +
      'Connection: close\n\n{"msg":"Queue not found"}',
  )
})

test.each([
  ['no body and no length', 'Content-Type: application/json\n\n'],
  ['length 0', 'Content-Length: 0\n\n'],
  ['a chunked body of zero length', 'Transfer-Encoding: chunked\n\n0\n\n'],
  ['white space', 'Content-Length: 3\n\n \t '],
  ['{} as a form', 'Content-Type: application/x-www-form-urlencoded\nContent-Length: 2\n\n{}'],
  ['{} as nonsense', 'Content-Type: ;;;\nContent-Length: 2\n\n{}'],
])('http.2 %s is an empty object', async (_, rest) => {
  await my.say('PUT', '/queues/q')
  const said = await talk(
    v3.port,
    `POST ${my.base}/queues/q/reservations HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n${rest}`,
  )
  expect(said).toMatch(/^HTTP\/1.1 200 OK\n.*\n\n\{"messages":\[\]\}$/s)
})

test('http.3 a body on GET is ignored, and the connection goes on', async () => {
  const get = (last: string) =>
    `GET ${my.base}/queues HTTP/1.1\nHost: x\nAuthorization: OAuth ${my.token}\n${last}Content-Length: 2\n\n{}`
  const said = await talk(v3.port, get('') + get('Connection: close\n'))
  expect(said.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2)
  expect(said.match(/\{"queues":\[\]\}/g)).toHaveLength(2)
})

test.each([
  ['half a body', '{"messages":[', 'Request body is not valid JSON'],
  ['a bare string', '"1000000000000000001"', 'Request body must be a JSON object'],
  ['an array', '[{"body":"a"}]', 'Request body must be a JSON object'],
  ['null', 'null', 'Request body must be a JSON object'],
  ['bad UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'Request body is not valid UTF-8'],
  [
    'a million open brackets',
    `{"messages":${'['.repeat(1_000_000)}`,
    'Request body must not be nested deeper than 64 levels',
  ],
  [
    'two thousand keys',
    JSON.stringify({
      messages: [{ body: '', ...Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, i])) }],
    }),
    'Request body must not have an object with more than 1000 keys',
  ],
])('http.4 %s is refused', async (_, body, msg) => {
  await my.post('q', 'stays')
  const answer = `400 ${JSON.stringify({ msg })}`
  expect(await my.say('POST', '/queues/q/messages', body)).toBe(answer)
  expect(await my.say('POST', '/queues/q/reservations', body)).toBe(answer)
  expect(await my.say('DELETE', '/queues/q/messages', body)).toBe(answer)
  expect(await my.size('q')).toBe(1)
})

test('http.5 unknown keys, null and the case of keys do not matter', async () => {
  const body = { OAuth: 'x', Messages: [{ Body: 'a', Delay: null, expires_in: 60, reserved_count: 0, x: {} }] }
  expect((await my.send('POST', '/queues/q/messages?whatever=1', body)).status).toBe(201)
  expect(await my.reserve('q', { N: 1, oauth: 'x', Timeout: null })).toMatchObject([{ body: 'a' }])
})

test('http.6 a POST is the method that its header names', async () => {
  const as = (method: string) => ({ 'X-HTTP-Method-Override': method })
  await my.post('q', 'a')
  expect(await my.say('POST', '/queues/q/messages', '{}', as('DELETE'))).toBe('200 {"msg":"Cleared"}')
  const patched = await my.send('POST', '/queues/q', { queue: { message_timeout: 5 } }, as('PATCH'))
  expect(patched.json.queue.message_timeout).toBe(5)
  expect(await my.say('POST', '/queues/q', undefined, as('DELETE'))).toBe('200 {"msg":"Deleted"}')
  expect((await my.send('POST', '/queues/q', '{}', as('PUT'))).status).toBe(200)
  expect((await my.send('POST', '/queues/q/messages', '{}', as('GET'))).status).toBe(400)

  const producer = { Authorization: `OAuth ${await my.tokenFor({ scopes: ['produce'] })}`, ...as('DELETE') }
  expect((await my.send('POST', '/queues/q/messages', '{}', producer)).status).toBe(403)
})

test.each([
  ['GET', '/nowhere', 404],
  ['GET', '/queues/q/messages/1/2', 404],
  ['POST', '/queues//messages', 404],
  ['GET', '/queues/q/messages/1000000000000000001/touch', 405],
  ['PUT', '/queues/q/messages', 405],
  ['DELETE', '/queues', 405],
  ['GET', '/queues/q/reservations', 405],
  ['OPTIONS', '/queues/q', 405],
])('http.7 %s %s is %d', async (method, path, status) => {
  const answer = await my.send(method, path)
  expect([answer.status, answer.json]).toEqual([status, { msg: status === 404 ? 'Not found' : 'Method not allowed' }])
  expect(answer.headers.has('allow')).toBe(status === 405)
})

test('http.7 the path is looked at before the token', async () => {
  expect(await ask(`${my.base}/nowhere`, {})).toBe('404 {"msg":"Not found"}')
  expect(await ask('/', {})).toBe('404 {"msg":"Not found"}')
})

test('http.8 compressed and too large bodies are refused, and nothing is stored', async () => {
  const gzip = { 'Content-Encoding': 'gzip' }
  expect(await my.say('POST', '/queues/q/messages', gzipSync('{"messages":[{"body":"a"}]}'), gzip)).toBe(
    '415 {"msg":"Content-Encoding must be absent or identity"}',
  )
  const large = (bytes: number) => ({ messages: [{ body: 'first' }, { body: 'x'.repeat(bytes) }] })
  expect(await my.say('POST', '/queues/q/messages', large(262_145))).toBe(
    '413 {"msg":"messages[1].body must be at most 262144 bytes"}',
  )
  expect(await my.say('POST', '/queues/q/webhook', 'x'.repeat(262_145))).toBe('413 {"msg":"Request body too large"}')
  expect(await my.say('POST', '/queues/q/messages', Buffer.alloc(16 * 1024 * 1024 + 1, ' '))).toBe(
    '413 {"msg":"Request body too large"}',
  )
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
  expect((await my.send('POST', '/queues/q/messages', large(262_144))).status).toBe(201)
})

test('http.9 a trailing slash and an empty query change nothing', async () => {
  await my.post('q', 'a')
  expect(await my.say('GET', '/queues/')).toBe('200 {"queues":[{"name":"q"}]}')
  expect(await my.say('GET', '/queues?')).toBe('200 {"queues":[{"name":"q"}]}')
  expect(await my.say('GET', '/queues/q/messages/?')).toMatch(/^200 \{"messages":\[\{"id":/)
})

test('http.10 the first check that fails gives the answer', async () => {
  await my.say('PUT', '/queues/q')
  const missing = '/queues/q/messages/1000000000000000001'
  const [held] = await my.post('q', 'a')
  expect(await my.say('PUT', '/queues/q/messages', '{')).toBe('405 {"msg":"Method not allowed"}')
  expect(await my.say('POST', '/queues/none/reservations', '{', { Authorization: 'OAuth x' })).toBe(unauthorized)
  expect(await my.say('POST', '/queues/none/reservations', '{')).toBe('400 {"msg":"Request body is not valid JSON"}')
  expect(await my.say('POST', '/queues/none/reservations', '{"n":1000}')).toBe('404 {"msg":"Queue not found"}')
  expect(await my.say('GET', '/queues/none/messages?n=1000')).toBe('404 {"msg":"Queue not found"}')
  expect(await my.say('DELETE', '/queues/none/messages', '{"ids":[]}')).toBe('404 {"msg":"Queue not found"}')
  expect(await my.say('POST', '/queues/none/messages/1/touch', '{"timeout":-1}')).toBe('404 {"msg":"Queue not found"}')
  expect(await my.say('PATCH', '/queues/none', '{"queue":{"message_timeout":-1}}')).toBe(
    '404 {"msg":"Queue not found"}',
  )
  expect(await my.say('POST', `${missing}/touch`, '{"timeout":-1}')).toBe('404 {"msg":"Message not found"}')
  expect(await my.say('POST', `${missing}/release`, '{}')).toBe('404 {"msg":"Message not found"}')
  expect(await my.say('POST', `/queues/q/messages/${held}/touch`, '{"timeout":-1}')).toBe(
    '400 {"msg":"timeout must be between 1 and 86400, or 0 for the default"}',
  )
})

test.each([
  ['a%20b', 'a b'],
  ['a+b', 'a+b'],
  ['a:b=c', 'a:b=c'],
  ["!*'();@&$,", "!*'();@&$,"],
  ['%3Fq%23', '?q#'],
  ['a%2520b', 'a%20b'],
  ['z%C3%BCrich', 'zürich'],
  ['%F0%9F%90%B0', '🐰'],
  ['messages', 'messages'],
  ['webhook', 'webhook'],
  ['%E2%80%A8', '\u2028'],
  ['x'.repeat(255), 'x'.repeat(255)],
])('http.11 the segment %s is the name %s', async (segment, name) => {
  const [id] = await my.post(segment, 'a')
  expect(await my.send('GET', `/queues/${segment}`)).toMatchObject({ status: 200, json: { queue: { name, size: 1 } } })
  expect((await my.send('GET', '/queues')).json).toEqual({ queues: [{ name }] })
  expect((await my.reserve(segment))[0]).toMatchObject({ id })
})

test.each([
  ['..', '..'],
  ['%2e%2e', '..'],
  ['.', '.'],
])('http.11 a name may be sent as the raw segment %s', async (segment, name) => {
  const said = await talk(
    v3.port,
    `PUT ${my.base}/queues/${segment} HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n\n`,
  )
  expect(said).toMatch(/^HTTP\/1.1 200 OK\n/)
  expect((await my.send('GET', '/queues')).json).toEqual({ queues: [{ name }] })
})

test.each(['%zz', '%', '%ff', '%ed%a0%80'])('http.11 the segment %s is refused', async (segment) => {
  const said = await talk(
    v3.port,
    `PUT ${my.base}/queues/${segment} HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n\n`,
  )
  expect(said).toMatch(/^HTTP\/1.1 400 Bad Request\n.*\{"msg":"The path must be percent-encoded UTF-8"\}$/s)
})

test.each([
  ['a%2Fb', 'must not contain a slash or NUL'],
  ['a%00b', 'must not contain a slash or NUL'],
  ['x'.repeat(256), 'must be between 1 and 255 bytes long'],
])('http.11 a queue cannot be named %s', async (segment, rule) => {
  const refused = `400 {"msg":"Queue name ${rule}"}`
  expect(await my.say('PUT', `/queues/${segment}`)).toBe(refused)
  expect(await my.say('POST', `/queues/${segment}/messages`, { messages: [{ body: 'a' }] })).toBe(refused)
  expect(await my.say('GET', `/queues/${segment}`)).toBe('404 {"msg":"Queue not found"}')
  expect(await my.say('POST', `/queues/${segment}/reservations`)).toBe('404 {"msg":"Queue not found"}')
})

test('http.12 no answer of this file was a fault of ours', async () => {
  expect(v3.faults).toEqual([])
})
