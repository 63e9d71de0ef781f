import { beforeEach, expect, test } from 'vitest'
import { talk } from './raw.ts'
import { type InProject, startV2 } from './v2.ts'

const v2 = await startV2()
let my: InProject
beforeEach(async () => {
  my = await v2.aProject()
})

const unauthorized = '401 {"msg":"Invalid project/token combination"}'

const ask = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(v2.url + path, { headers })
  return `${answer.status} ${await answer.text()}`
}

test('auth.1 the token may stand in the header or the query, in a body it says nothing', async () => {
  for (const scheme of ['OAuth', 'oauth', 'Bearer']) {
    expect(await ask(`${my.base}/queues`, { Authorization: `${scheme} ${my.token}` })).toBe('200 []')
  }
  expect(await ask(`${my.base}/queues?oauth=${my.token}`)).toBe('200 []')
  expect(await ask(`${my.base}/queues?oauth=wrong`, { Authorization: `OAuth ${my.token}` })).toBe('200 []')

  const body = JSON.stringify({ messages: [{ body: 'a' }], oauth: my.token })
  const bare = await fetch(`${v2.url + my.base}/queues/q/messages`, { method: 'POST', body })
  expect(`${bare.status} ${await bare.text()}`).toBe(unauthorized)
  expect((await my.send('POST', '/queues/q/messages', body)).status).toBe(200)
})

test('auth.2 whatever is wrong with token or project, the answer is the same', async () => {
  const their = await v2.aProject()
  const mine = { Authorization: `OAuth ${my.token}` }
  expect(await ask(`${my.base}/queues`)).toBe(unauthorized)
  expect(await ask(`${my.base}/queues`, { Authorization: 'OAuth wrong' })).toBe(unauthorized)
  expect(await ask(`${their.base}/queues`, mine)).toBe(unauthorized)
  expect(await ask('/1/projects/4e25e1d25c0dd27801000275/queues', mine)).toBe(unauthorized)
})

test('auth.2 on every route there is', async () => {
  const routes = v2.app.routes.filter(({ path }) => path.startsWith('/1/'))
  expect(routes.length).toBeGreaterThan(20)
  for (const { method, path } of routes) {
    const there = method === 'POST' ? path.replace(/\/messages\/:id$/, '/messages/webhook') : path
    const target = v2.url + there.replaceAll(/:\w+/g, '4e25e1d25c0dd27801000275')
    for (const query of ['', '?oauth=wrong']) {
      const answer = await fetch(target + query, { method })
      expect([method, there, `${answer.status} ${await answer.text()}`]).toEqual([method, there, unauthorized])
    }
  }
})

test('auth.3 a token does what its scopes say', async () => {
  const [id] = await my.post('q', 'a')
  const calls: [string, string, unknown?][] = [
    ['POST', '/queues/q/messages', { messages: [{ body: 'a' }] }],
    ['POST', '/queues/q/messages/webhook', 'a'],
    ['GET', '/queues/q/messages'],
    ['GET', '/queues/q/messages/peek'],
    ['GET', `/queues/q/messages/${id}`],
    ['POST', `/queues/q/messages/${id}/touch`],
    ['POST', `/queues/q/messages/${id}/release`],
    ['DELETE', `/queues/q/messages/${id}`],
    ['DELETE', '/queues/q/messages', { ids: [id] }],
    ['POST', '/queues/q/clear'],
    ['POST', '/queues/q', {}],
    ['POST', '/queues/q/subscribers', { subscribers: [] }],
    ['DELETE', '/queues/q/subscribers', { subscribers: [] }],
    ['GET', '/queues/q'],
    ['GET', '/queues'],
  ]
  const allowed = async (scope: 'produce' | 'consume' | 'manage') => {
    const headers = { Authorization: `OAuth ${await my.tokenFor({ scopes: [scope] })}` }
    const statuses: number[] = []
    for (const [method, path, body] of calls) statuses.push((await my.send(method, path, body, headers)).status)
    return calls.filter((_, i) => statuses[i] !== 403).map(([method, path]) => `${method} ${path.replace(id!, 'ID')}`)
  }
  const always = ['GET /queues/q', 'GET /queues']
  const [consume, manage] = [calls.slice(2, 10), calls.slice(10, 13)].map((some) =>
    some.map(([method, path]) => `${method} ${path.replace(id!, 'ID')}`),
  )
  expect(await allowed('produce')).toEqual(['POST /queues/q/messages', 'POST /queues/q/messages/webhook', ...always])
  expect(await allowed('consume')).toEqual([...consume!, ...always])
  expect(await allowed('manage')).toEqual([...manage!, ...always])
})

test('http.1 an answer has exactly these bytes', async () => {
  const body = '{"messages":[{"body":"hello"}]}'
  const posted = await talk(
    v2.port,
    `POST ${my.base}/queues/q/messages HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n` +
      `Accept-Encoding: gzip, deflate\nContent-Length: ${body.length}\n\n${body}`,
  )
  expect(posted.replace(/1\d{18}/, 'ID')).toBe(
    'HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\nContent-Length: 62\n' +
      'Connection: close\n\n{"ids":["ID"],"msg":"Messages put on queue."}',
  )
  const missing = await talk(
    v2.port,
    `GET ${my.base}/queues/none HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n\n`,
  )
  expect(missing).toBe(
    'HTTP/1.1 404 Not Found\nContent-Type: application/json\nCache-Control: no-store\nContent-Length: 25\n' +
      'Connection: close\n\n{"msg":"Queue not found"}',
  )
})

const empties: [string, string][] = [
  ['no body and no length', 'Content-Type: application/json\n\n'],
  ['length 0 with a JSON type', 'Content-Type: application/json\nContent-Length: 0\n\n'],
  ['length 0 without a type', 'Content-Length: 0\n\n'],
  ['a chunked body of zero length', 'Transfer-Encoding: chunked\n\n0\n\n'],
  ['{} as a form', 'Content-Type: application/x-www-form-urlencoded\nContent-Length: 2\n\n{}'],
  ['only oauth', 'Content-Length: 15\n\n{"oauth":"any"}'],
]
test.each(empties)('http.2 C3 E2 T4 X4 %s is an empty object', async (_, rest) => {
  const [id] = await my.post('q', 'a')
  const call = (method: string, path: string) =>
    talk(
      v2.port,
      `${method} ${my.base}${path} HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n${rest}`,
    )
  expect(await call('POST', `/queues/q/messages/${id}/touch`)).toMatch(/^HTTP\/1.1 200 OK\n.*\{"msg":"Touched"\}$/s)
  expect(await call('POST', `/queues/q/messages/${id}/release`)).toMatch(/^HTTP\/1.1 200 OK\n.*\{"msg":"Released"\}$/s)
  expect(await call('DELETE', `/queues/q/messages/${id}`)).toMatch(/^HTTP\/1.1 200 OK\n.*\{"msg":"Deleted"\}$/s)
  expect(await call('POST', '/queues/q/clear')).toMatch(/^HTTP\/1.1 200 OK\n.*\{"msg":"Cleared"\}$/s)
  expect(await call('POST', '/queues/made')).toMatch(/^HTTP\/1.1 200 OK\n.*"name":"made".*"size":0,.*\}$/s)
  expect(await call('DELETE', '/queues/q')).toMatch(/^HTTP\/1.1 200 OK\n.*\{"msg":"Deleted\."\}$/s)
})

test.each([
  ['half a body', '{"messages":[', 'Request body is not valid JSON'],
  ['a bare string', '"1000000000000000001"', 'Request body must be a JSON object'],
  ['an array', '[{"body":"a"}]', 'Request body must be a JSON object'],
])('http.3 %s is refused everywhere, and changes nothing', async (_, body, msg) => {
  const [id] = await my.post('q', 'stays')
  const refused = `400 ${JSON.stringify({ msg })}`
  const calls: [string, string][] = [
    ['POST', '/queues/q/messages'],
    ['POST', '/queues/q'],
    ['POST', '/queues/q/clear'],
    ['DELETE', '/queues/q'],
    ['DELETE', '/queues/q/messages'],
    ['DELETE', `/queues/q/messages/${id}`],
    ['POST', `/queues/q/messages/${id}/touch`],
    ['POST', `/queues/q/messages/${id}/release`],
    ['POST', '/queues/q/subscribers'],
  ]
  for (const [method, path] of calls) expect(await my.say(method, path, body)).toBe(refused)
  expect(await my.drain('q')).toEqual(['stays'])
})

test.each([
  ['POST', '/queues/q/messages', {}, '406 {"msg":"messages is required"}'],
  ['POST', '/queues/q/messages', { messages: null }, '406 {"msg":"messages is required"}'],
  ['POST', '/queues/q/messages', { messages: [{}] }, '406 {"msg":"messages[0].body is required"}'],
  ['POST', '/queues/q/messages', { messages: [{ body: 1 }] }, '400 {"msg":"messages[0].body must be a string"}'],
  ['POST', '/queues/q/messages', { messages: {} }, '400 {"msg":"messages must be an array"}'],
  ['DELETE', '/queues/q/messages', {}, '406 {"msg":"ids is required"}'],
  ['DELETE', '/queues/q/messages', { ids: 5 }, '400 {"msg":"ids must be an array"}'],
  ['POST', '/queues/q/subscribers', {}, '406 {"msg":"subscribers is required"}'],
  ['POST', '/queues/q', { subscribers: [{}] }, '406 {"msg":"subscribers[0].url is required"}'],
  ['POST', '/queues/q', { retries: 'many' }, '400 {"msg":"retries must be an integer"}'],
])('http.4 %s %s %j names field and rule', async (method, path, body, answer) => {
  await my.post('q', 'a')
  expect(await my.say(method, path, body)).toBe(answer)
})

test('http.5 keys match in any case, unknown ones are ignored and null is nothing', async () => {
  const body = { Messages: [{ BODY: 'a', Timeout: 30, delay: null, id: '5', reserved_count: 0 }], shoe: 'size' }
  expect((await my.send('POST', '/queues/q/messages', body)).status).toBe(200)
  expect(await my.get('q', 'shoe=size')).toMatchObject([{ body: 'a', timeout: 30, reserved_count: 1 }])
})

test('http.6 unknown paths and wrong methods', async () => {
  const said = async (method: string, path: string) => {
    const { status, text, headers } = await my.send(method, path)
    return `${status} ${text} ${headers.get('allow') ?? ''}`
  }
  expect(await said('GET', '/topics')).toBe('404 {"msg":"Not found"} ')
  expect(await said('PUT', '/queues/q')).toBe('405 {"msg":"Method not allowed"} GET, POST, DELETE')
  expect(await said('GET', '/queues/q/clear')).toBe('405 {"msg":"Method not allowed"} POST')
  expect(await said('POST', '/queues/q/messages/5')).toBe('405 {"msg":"Method not allowed"} GET, DELETE')
  // What IronSharp 2 does by mistake where it means DELETE.
  expect(await said('GET', '/queues/q/messages/5/subscribers/5')).toBe('405 {"msg":"Method not allowed"} DELETE')
})

test('http.7 a trailing slash and an empty query change nothing', async () => {
  expect((await my.send('POST', '/queues/q/messages/', { messages: [{ body: 'a' }] })).status).toBe(200)
  expect(await my.say('GET', '/queues/q/messages/peek/?')).toContain('"body":"a"')
  expect(await my.get('q', 'n=&timeout=&wait=')).toMatchObject([{ body: 'a' }])
  expect(await my.say('POST', '/queues/q/clear/')).toBe('200 {"msg":"Cleared"}')
  expect((await my.send('GET', '/queues/?')).status).toBe(200)
})

test('http.7 names with spaces and other letters are names', async () => {
  await my.post('a%20b%2B', 'x')
  expect((await my.send('GET', '/queues/a%20b+')).json.name).toBe('a b+')
})

test('http.8 what is too large is 413, and nothing is stored', async () => {
  const large = 'x'.repeat(262_145)
  const answer = await my.send('POST', '/queues/q/messages', { messages: [{ body: 'a' }, { body: large }] })
  expect(`${answer.status} ${answer.text}`).toBe('413 {"msg":"messages[1].body must be at most 262144 bytes"}')
  expect((await my.send('POST', '/queues/q/messages/webhook', large)).status).toBe(413)
  expect(await my.say('GET', '/queues')).toBe('200 []')
})
