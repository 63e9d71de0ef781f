import { once } from 'node:events'
import { connect } from 'node:net'
import { limits } from '@weldmq/queue-core'
import { sqlFor } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { defaultLimits } from '../src/limits.ts'
import { openClient } from './client.ts'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()
const sql = sqlFor(stream.database)
afterAll(() => sql.end())
const none = { protocols: ['weldmq.v1.json'] }

test('in.1: welcome is the first frame, and says the limits', async () => {
  const { url, token } = await stream.aDoor()
  const my = await openClient(url, { token })
  expect(await my.take('welcome')).toEqual({
    type: 'welcome',
    connection: expect.stringMatching(/^[0-9a-f]{16}$/),
    heartbeat: 15,
    limits: { frame_bytes: 1_048_576, credit: 1000, credit_bytes: 67_108_864, subscriptions: 100, posts_in_flight: 64 },
  })
  expect(my.socket.protocol).toBe('weldmq.v1.json')
  expect(my.socket.extensions).toBe('')
})

test('in.2: a token comes in the header, the query, a subprotocol or a hello', async () => {
  const { url, token } = await stream.aDoor()
  const ways = [
    await openClient(url, { token }),
    await openClient(`${url}?oauth=${token}`, none),
    await openClient(url, { protocols: ['weldmq.v1.json', `oauth.${token}`] }),
  ]
  for (const my of ways) expect(await my.take('welcome')).toBeDefined()
  const greeting = await openClient(url, none)
  expect(await greeting.ask({ type: 'hello', token })).toMatchObject({ type: 'welcome', re: 1 })
  expect(await greeting.ask({ type: 'hello', token })).toMatchObject({ type: 'error', code: 'invalid' })
})

test('in.3: 4401 for wrong credentials, for anything before hello, and for silence, and cut off at once', async () => {
  const { url } = await stream.aDoor({ limits: { helloMilliseconds: 50, closeMilliseconds: 300_000 } })
  const wrong = await openClient(url, { token: 'no-token-of-ours-at-all' })
  expect(await wrong.closing).toMatchObject({ code: 4401 })
  const hasty = await openClient(url, none)
  hasty.send({ type: 'ping' })
  expect(await hasty.closing).toMatchObject({ code: 4401 })
  const lying = await openClient(url, none)
  lying.send({ type: 'hello', token: 'no-token-of-ours-at-all' })
  expect(await lying.closing).toMatchObject({ code: 4401 })
  const empty = await openClient(url, none)
  empty.send({ type: 'hello' })
  expect(await empty.closing).toMatchObject({ code: 4401 })
  const silent = await openClient(url, none)
  expect(await silent.closing).toMatchObject({ code: 4401, reason: 'no hello in time' })
})

test('in.4: 4403 for the project of others, one that does not exist, and a token that may do nothing here', async () => {
  const { url, tokenFor } = await stream.aDoor()
  const other = await stream.aDoor()
  const foreign = await openClient(other.url, { token: (await tokenFor({})).secret })
  expect(await foreign.closing).toMatchObject({ code: 4403, reason: 'project refused' })
  const nowhere = url.replace(/[0-9a-f]{24}/, 'f'.repeat(24))
  expect(await (await openClient(nowhere, { token: (await tokenFor({})).secret })).closing).toMatchObject({
    code: 4403,
  })
  const managing = await openClient(url, { token: (await tokenFor({ scopes: ['manage'] })).secret })
  expect(await managing.closing).toMatchObject({ code: 4403 })
})

test('in.5: a page of another origin is refused, one of the same or of the list is let in', async () => {
  const { url, token, server } = await stream.aDoor({ config: { origins: new Set(['https://app.example.com']) } })
  const from = (origin: string) => openClient(url, { token, headers: { Origin: origin } })
  expect(await (await from('https://evil.example.com')).closing).toMatchObject({ code: 4403, reason: 'origin refused' })
  expect(await (await from('null')).closing).toMatchObject({ code: 4403 })
  expect(await (await from('https://app.example.com')).take('welcome')).toBeDefined()
  expect(await (await from(`http://${server.address}`)).take('welcome')).toBeDefined()
  const open = await stream.aDoor({ config: { origins: 'all' } })
  const anybody = await openClient(open.url, { token: open.token, headers: { Origin: 'https://evil.example.com' } })
  expect(await anybody.take('welcome')).toBeDefined()
})

test('in.6: a token may only do what its scopes say', async () => {
  const { client, tokenFor } = await stream.aDoor()
  const consumer = await client({ token: (await tokenFor({ scopes: ['consume'] })).secret })
  const posting = { type: 'post', queue: 'q', messages: [{ body: 'x' }] }
  expect(await consumer.ask(posting)).toMatchObject({ type: 'error', code: 'forbidden', temporary: false })
  const producer = await client({ token: (await tokenFor({ scopes: ['produce'] })).secret })
  expect(await producer.ask(posting)).toMatchObject({ type: 'posted' })
  const ids = [{ id: '1000000000000000001', reservation_id: 'x' }]
  for (const frame of [
    { type: 'subscribe', sub: 's' },
    { type: 'delete', ids },
    { type: 'touch', ids },
  ]) {
    expect(await producer.ask({ queue: 'q', ...frame })).toMatchObject({ type: 'error', code: 'forbidden' })
  }
})

test('in.7: a token that is revoked, or runs out, ends its connections with 4401', async () => {
  const { client, tokenFor } = await stream.aDoor({ limits: { recheckMilliseconds: 20 } })
  const revoked = await tokenFor({})
  const mine = await client({ token: revoked.secret })
  const kept = await client()
  valueOf(await stream.core.deleteToken({ id: revoked.id }))
  expect(await mine.closing).toMatchObject({ code: 4401, reason: 'the token is no longer valid' })
  const token = await tokenFor({ expiresInSeconds: 1000 })
  const short = await client({ token: token.secret })
  await sql`update weldmq.tokens set expires_at = now() where id = ${token.id}`
  expect(await short.closing).toMatchObject({ code: 4401 })
  expect(await kept.ask({ type: 'ping', t: 1 })).toMatchObject({ type: 'pong' })
  expect(defaultLimits.recheckMilliseconds + limits.tokenStaleMilliseconds).toBeLessThanOrEqual(5000)
})

test('in.8: other paths and other subprotocols are refused as HTTP', async () => {
  const { server, url } = await stream.aDoor()
  const headers = 'Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
  const ask = async (path: string, more = '') => {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\n${headers}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`)
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    await once(socket, 'close')
    return text
  }
  expect(await ask('/3/projects')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[^]*\{"msg":"Not found"\}$/)
  expect(await ask(new URL(url).pathname)).toMatch(/^HTTP\/1\.1 400 /)
  expect(await ask(new URL(url).pathname, 'Sec-WebSocket-Protocol: mqtt\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  // Nor does the server wait for a client that keeps its side open.
  const staying = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true }).resume()
  staying.write(`GET /3/projects HTTP/1.1\r\n${headers}\r\n`)
  await once(staying, 'end')
  const more = setInterval(() => staying.write('x'), 10)
  await once(staying, 'error')
  clearInterval(more)
})

test('in.9: too many connections are sent away with 4429', async () => {
  const { url, token, client } = await stream.aDoor({ limits: { connections: 1 } })
  await client()
  expect(await (await openClient(url, { token })).closing).toMatchObject({ code: 4429 })
})

test('in.11: a project has its share of the connections, of which strangers take none, and others have theirs', async () => {
  const { url, token, client, project } = await stream.aDoor({ limits: { connectionsPerProject: 2 } })
  const [first] = [await client(), await client()]
  const strangers = [await openClient(url, none), await openClient(url, { token: 'no-token-of-ours-at-all' })]
  expect(await strangers[1]!.closing).toMatchObject({ code: 4401 })
  const reason = 'a project may have 2 connections here'
  expect(await (await openClient(url, { token })).closing).toEqual({ code: 4429, reason })
  strangers[0]!.send({ type: 'hello', token })
  expect(await strangers[0]!.closing).toEqual({ code: 4429, reason })
  const other = valueOf(await stream.core.createProject({ name: 'another' }))
  const { secret } = valueOf(await stream.core.createToken({ projects: [other.id] }))
  const theirs = await openClient(url.replace(project, other.id), { token: secret })
  expect(await theirs.take('welcome')).toBeDefined()
  await first!.close()
  const again = await openClient(url, { token })
  expect(await again.take('welcome')).toBeDefined()
})

test('in.10: a stranger may not send more than a hello is long, in whatever pieces', async () => {
  const { url, token } = await stream.aDoor()
  const my = await openClient(url, none)
  my.socket.send('x'.repeat(20_000), { fin: false })
  expect(await my.closing).toMatchObject({ code: 4401, reason: 'the first frame is hello' })
  const known = await openClient(url, none)
  known.send({ type: 'hello', token })
  known.send({ type: 'ping', id: 1, t: 'x'.repeat(200_000) })
  expect(await known.take('pong')).toMatchObject({ re: 1 })
})
