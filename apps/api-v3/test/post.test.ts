import type { PostMessages } from '@weldmq/queue-core'
import { letPass, sqlFor } from '@weldmq/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { talk } from './raw.ts'
import { type InProject, startV3 } from './v3.ts'

/** What the core was last asked to store: push headers show nowhere else on a pull queue. */
let posted: PostMessages
const v3 = await startV3((core) => ({
  ...core,
  postMessages(command) {
    posted = command
    return core.postMessages(command)
  },
}))
const sql = sqlFor(v3.database)
afterAll(() => sql.end())
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

const post = (messages: unknown, headers?: Record<string, string>) =>
  my.say('POST', '/queues/q/messages', { messages }, headers)

test('post.1 a post is answered with one id per message, in order', async () => {
  const answer = await my.send('POST', '/queues/q/messages', { messages: [{ body: 'a' }, { body: 'b' }] })
  expect(answer.status).toBe(201)
  expect(answer.text).toMatch(/^\{"ids":\["1\d{18}","1\d{18}"\],"msg":"Messages put on queue\."\}$/)
  const [a, b] = answer.json.ids
  expect(a! < b!).toBe(true)
  expect(await my.reserve('q', { n: 2 })).toMatchObject([
    { id: a, body: 'a' },
    { id: b, body: 'b' },
  ])
})

test('post.2 a missing queue is created with the defaults', async () => {
  await my.post('q', 'a')
  expect((await my.send('GET', '/queues/q')).json.queue).toMatchObject({ message_timeout: 60, type: 'pull', size: 1 })
})

test.each([
  [undefined, 'messages is required'],
  [{}, 'messages must be an array'],
  [[], 'messages must not be empty'],
  [['a'], 'messages[0] must be an object'],
  [[{ body: 'good' }, {}], 'messages[1].body is required'],
  [[{ body: 'good' }, { body: null }], 'messages[1].body is required'],
  [[{ body: 'good' }, { body: { a: 1 } }], 'messages[1].body must be a string'],
  [[{ body: 'good' }, { body: 'b', delay: -1 }], 'messages[1].delay must be between 0 and 604800'],
  [[{ body: 'good' }, { body: 'b', delay: 604_801 }], 'messages[1].delay must be between 0 and 604800'],
  [[{ body: 'good' }, { body: 'b', delay: '1 day' }], 'messages[1].delay must be an integer'],
  [[{ body: 'good' }, { body: 'b', priority: -1 }], 'messages[1].priority must be between 0 and 4294967295'],
])('post.3 %j stores nothing', async (messages, msg) => {
  await my.say('PUT', '/queues/q')
  expect(await post(messages)).toBe(`400 ${JSON.stringify({ msg })}`)
  expect(await my.size('q')).toBe(0)
})

test('post.4 every text comes back as it was posted', async () => {
  const bodies = [
    '',
    ' \r\n\t',
    'a\0b',
    '\ud800',
    'x\udfffy\ud83d',
    '\udc00\ud800',
    '\u2028\u2029\ufeff\ufffd\uffff',
    '\u{1f430}',
    '{"json":[1,null]}',
    '"</script>\\u0000',
    'x'.repeat(262_144),
  ]
  const ids = await my.post('q', ...bodies)
  expect((await my.reserve('q', { n: 100 })).map((m) => m.body)).toEqual(bodies)
  for (const [i, id] of ids.entries()) {
    expect((await my.send('GET', `/queues/q/messages/${id}`)).json.message.body).toBe(bodies[i])
  }
})

test('post.4 bytes that are no text are posted as answers show them', async () => {
  const body = Buffer.from([0, 255, 254]).toString('base64')
  expect(await post([{ body, body_encoding: 'base64' }])).toMatch(/^201 /)
  expect(await my.reserve('q', { n: 1 })).toMatchObject([{ body, body_encoding: 'base64' }])
  expect(await post([{ body: 'a' }, { body: 'no base64', body_encoding: 'base64' }])).toBe(
    '400 {"msg":"messages[1].body must be base64, as its body_encoding says"}',
  )
})

test('post.5 a delayed message counts, but cannot be had before its time', async () => {
  expect(
    await post([
      { body: 'later', delay: 100 },
      { body: 'much later', delay: '604800' },
    ]),
  ).toMatch(/^201 /)
  expect(await my.size('q')).toBe(2)
  expect(await my.reserve('q', { n: 100 })).toEqual([])
  expect(await my.say('GET', '/queues/q/messages?n=100')).toBe('200 {"messages":[]}')
  await letPass(sql, { project: my.id, queue: 'q' }, 100)
  expect(await my.reserve('q', { n: 100 })).toMatchObject([{ body: 'later' }])
})

test('post.6 push headers are checked and never shown', async () => {
  const [id] = (
    await my.send('POST', '/queues/q/messages', { messages: [{ body: 'a', push_headers: { 'X-A': 'b' } }] })
  ).json.ids
  expect(posted.messages[0]!.pushHeaders).toEqual({ 'X-A': 'b' })
  expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe(
    `200 {"message":{"id":"${id}","body":"a","reserved_count":0}}`,
  )
  expect(await post([{ body: 'a', push_headers: { 'user-agent': 'x' } }])).toBe(
    '400 {"msg":"messages[0].push_headers must not set the header user-agent"}',
  )
  expect(await post([{ body: 'a', push_headers: { a: 1 } }])).toBe(
    '400 {"msg":"messages[0].push_headers.a must be a string"}',
  )
  expect(await post([{ body: 'a', push_headers: { a: 'x\ud800' } }])).toMatch(/^400 /)
  expect(
    (await my.send('POST', '/queues/q/messages', '{"messages":[{"body":"a","push_headers":{"__proto__":"x"}}]}'))
      .status,
  ).toBe(201)
  expect(await my.size('q')).toBe(2)
})

test('post.7 the most urgent message comes first', async () => {
  await post([
    { body: 'usual' },
    { body: 'last', priority: 4_294_967_295 },
    { body: 'first', priority: 0 },
    { body: 'usual too', priority: null },
  ])
  expect((await my.reserve('q', { n: 4 })).map((m) => m.body)).toEqual(['first', 'usual', 'usual too', 'last'])
})

const key = (value: string) => ({ 'Idempotency-Key': value })

test('idempotency.1 one key and one content are stored once and answered alike', async () => {
  const first = await post([{ body: 'a' }, { body: 'b' }], key('k'))
  expect(first).toMatch(/^201 /)
  expect(await post([{ body: 'a' }, { body: 'b' }], key('k'))).toBe(first)
  expect(await post([{ body: 'a' }, { body: 'b' }], key('other'))).not.toBe(first)
  expect(await my.size('q')).toBe(4)
  expect(await my.say('POST', '/queues/q/webhook', 'w', key('w'))).toBe(
    await my.say('POST', '/queues/q/webhook', 'w', key('w')),
  )
  expect(await my.size('q')).toBe(5)
})

test('idempotency.2 one key with other content is refused', async () => {
  await post([{ body: 'a' }], key('k'))
  expect(await post([{ body: 'b' }], key('k'))).toBe(
    '422 {"msg":"This Idempotency-Key was used before with another request"}',
  )
  expect(await my.size('q')).toBe(1)
})

test('idempotency.3 a key is printable and not too long', async () => {
  const refused = '400 {"msg":"Idempotency-Key must be 1 to 255 printable ASCII characters without spaces"}'
  expect(await post([{ body: 'a' }], key('x'.repeat(256)))).toBe(refused)
  expect(await post([{ body: 'a' }], key(''))).toBe(refused)
  expect(await post([{ body: 'a' }], key('a b'))).toBe(refused)
  expect(await my.say('POST', '/queues/q/webhook', 'a', key('é'))).toBe(refused)
  expect(await post([{ body: 'a' }], key('x'.repeat(255)))).toMatch(/^201 /)
})

test.each([
  ['JSON', '{"messages":[{"body":"a"}],"oauth":"x"}'],
  ['broken JSON', '{"messages":'],
  ['a form', 'a=1&b=2'],
  ['nothing', ''],
  ['NUL', 'a\0b'],
])('webhook.1 %s is one message as it is', async (_, body) => {
  const answer = await my.send('POST', '/queues/q/webhook', body, { 'Content-Type': 'application/json' })
  expect(answer.status).toBe(201)
  expect(answer.json).toEqual({ ids: [expect.stringMatching(/^1\d{18}$/)], msg: 'Messages put on queue.' })
  expect(await my.reserve('q')).toMatchObject([{ id: answer.json.ids[0], body }])
})

test('webhook.1 the address alone carries everything', async () => {
  const response = await fetch(`${v3.url}${my.base}/queues/q/webhook?oauth=${my.token}`, {
    method: 'POST',
    body: 'ping',
  })
  expect(response.status).toBe(201)
  expect(await my.reserve('q')).toMatchObject([{ body: 'ping' }])
})

test('webhook.2 bytes that are not UTF-8 read as replacement characters', async () => {
  await my.send('POST', '/queues/q/webhook', Buffer.from('61ff62c3', 'hex'))
  expect(await my.reserve('q')).toMatchObject([{ body: 'a\ufffdb\ufffd' }])
})

test('webhook.3 bad push headers are dropped without a word', async () => {
  const said = await talk(
    v3.port,
    `POST ${my.base}/queues/q/webhook HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n` +
      'X-Subscribers-User-Agent: v\nx-subscribers-Good: 1\nX-Subscribers-: v\nX-SUBSCRIBERS-b: 2\n' +
      `X-Subscribers-${'x'.repeat(65)}: v\nX-Subscribers-Empty:\nX-Subscribers-c: 3\nX-Subscribers-d: 4\n` +
      'X-Subscribers-e: 5\nX-Subscribers-f: 6\nContent-Length: 1\n\na',
  )
  expect(said).toMatch(/^HTTP\/1.1 201 Created\n/)
  expect(posted.messages[0]!.pushHeaders).toEqual({ Good: '1', b: '2', c: '3', d: '4', e: '5' })
})

test('webhook.4 the method override is not looked at', async () => {
  await my.post('q', 'a')
  const override = { 'X-HTTP-Method-Override': 'DELETE' }
  expect((await my.send('POST', '/queues/q/webhook', 'b', override)).status).toBe(201)
  expect((await my.send('POST', '/queues/q/webhook/', 'c', override)).status).toBe(201)
  expect(await my.size('q')).toBe(3)
})

test('post.1 many messages fit into one post', async () => {
  const ids = await my.post('q', ...Array.from({ length: 1000 }, (_, i) => String(i)))
  expect(new Set(ids).size).toBe(1000)
  expect(ids).toEqual(ids.toSorted())
  expect(await my.size('q')).toBe(1000)
})

test('post.3 a connection that ends in the middle of a body stores nothing', async () => {
  await my.say('PUT', '/queues/q')
  const body = '{"messages":[{"body":"a"}]}'
  const said = await talk(
    v3.port,
    `POST ${my.base}/queues/q/messages HTTP/1.1\nHost: x\nConnection: close\nAuthorization: OAuth ${my.token}\n` +
      `Transfer-Encoding: chunked\n\n${body.length.toString(16)}\n${body}\nnot a chunk\n`,
  )
  expect(said).toMatch(/^HTTP\/1.1 400 Bad Request\n/)
  expect(await my.size('q')).toBe(0)
})

test('http.12 no answer of this file was a fault of ours', () => {
  expect(v3.faults).toEqual([])
})
