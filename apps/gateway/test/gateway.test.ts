import { expect, test, vi } from 'vitest'
import { banner } from '../src/banner.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

const database = await aDatabase()
const gateway = await aGateway(database)
const queue = `/3/projects/${projectId}/queues/jobs`

test('every door is open on one address', async () => {
  const { send } = gateway
  expect((await send('POST', `${queue}/messages`, { messages: [{ body: 'x' }] })).status).toBe(201)
  expect((await send('GET', `/1/authentication?project_id=${projectId}`)).status).toBe(200)
  expect((await send('GET', '/3/openapi.json', undefined, '')).status).toBe(200)
  expect((await send('GET', '/docs', undefined, '')).status).toBe(200)
  expect(await send('GET', '/healthz', undefined, '')).toMatchObject({ status: 200, json: { msg: 'alive' } })
  expect(await send('GET', '/readyz', undefined, '')).toMatchObject({ status: 200, json: { msg: 'ready' } })
  expect(await send('GET', '/', undefined, '')).toMatchObject({ status: 404, json: { msg: 'Not found' } })
})

test('the document of v3 has the tickets of the stream', async () => {
  const { send } = gateway
  const { paths } = (await send('GET', '/3/openapi.json', undefined, '')).json
  const path = '/3/projects/{project}/stream/tickets'
  expect(paths[path].post).toMatchObject({
    tags: ['Live stream'],
    parameters: [{ name: 'project', in: 'path' }],
    requestBody: { content: { 'application/json': { schema: { required: ['queue'] } } } },
    responses: { 201: { content: { 'application/json': { schema: { required: ['ticket', 'expires_in'] } } } } },
  })
  const asked = await send('POST', path.replace('{project}', projectId), { queue: 'jobs', verbs: ['consume'] })
  expect(asked).toMatchObject({ status: 201, json: { ticket: expect.any(String), expires_in: 60 } })
})

test('a message posted through one gateway is reserved through another', async () => {
  const other = await aGateway(database)
  const there = `/3/projects/${projectId}/queues/shared`
  await gateway.send('POST', `${there}/messages`, { messages: [{ body: 'hello' }] })
  expect((await other.send('POST', `${there}/reservations`, {})).json.messages).toMatchObject([{ body: 'hello' }])
})

test('moving.1 the metrics page counts requests, refusals, batches and statements, and shows queues to admins only', async () => {
  const { send } = gateway
  await send('GET', `/3/projects/${projectId}/queues/missing`)
  await send('GET', `/1/projects/${projectId}/queues/missing`)
  const open = await send('GET', '/metrics', undefined, '')
  expect(open.status).toBe(200)
  expect(open.headers.get('content-type')).toMatch(/^text\/plain; version=/)
  expect(open.text).toMatch(/^weldmq_http_request_seconds_count\{route="[^"]+",status="404"\} \d/m)
  expect(open.text).toMatch(/^weldmq_refusals_total\{door="v3",kind="queue_not_found"\} [1-9]/m)
  expect(open.text).toMatch(/^weldmq_batch_items_count\{kind="post"\} [1-9]/m)
  expect(open.text).toMatch(/^weldmq_statement_seconds_count\{kind="post"\} [1-9]/m)
  expect(open.text).not.toContain(projectId)

  const whole = await send('GET', '/metrics')
  expect(whole.text).toContain(`weldmq_queue_size{project="${projectId}",queue="jobs"} 1\n`)
  expect(whole.text).toContain(`weldmq_queue_oldest_ready_seconds{project="${projectId}",queue="jobs"}`)

  expect(whole.text).toContain(`weldmq_v2_requests_total{project="${projectId}",family="node"} 1\n`)

  const { json } = await send('POST', '/1/tokens', { projects: [projectId] })
  expect((await send('GET', '/metrics', undefined, json.token)).status).toBe(403)
  expect((await send('GET', '/metrics', undefined, 'unknown')).status).toBe(401)
})

test('where other machines can reach us, metrics need an admin token, and clear text is warned of', async () => {
  const open = await aGateway(database, { listen: { host: '0.0.0.0', port: 0, loopback: false } })
  expect((await open.send('GET', '/metrics', undefined, '')).status).toBe(401)
  expect((await open.send('GET', '/metrics')).status).toBe(200)
  expect(banner(open, open.config)).toContain('WARNING')
  expect(banner(open, open.config)).toContain('in the clear')
  expect(open.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('settings of Postgres that void promises are shouted about (promise I30)', async () => {
  // The server of the tests runs without fsync, unless it is one that was given to us.
  const shown = banner(gateway, gateway.config)
  for (const { setting, value } of gateway.risks) {
    expect(shown).toContain(`WARNING  Postgres runs with ${setting}=${value}`)
    expect(gateway.logged()).toContain(`"setting":"${setting}"`)
  }
  if (!process.env['TEST_DATABASE_URL']) expect(gateway.risks.map(({ setting }) => setting)).toContain('fsync')
})

test('messages up to the configured size are taken, larger ones are not', async () => {
  const small = await aGateway(database, { maxBodyBytes: 10 })
  const post = (body: string) => small.send('POST', `${queue}/messages`, { messages: [{ body }] })
  expect((await post('x'.repeat(10))).status).toBe(201)
  expect((await post('x'.repeat(11))).status).toBe(413)
})

test('no token is in the log at any level (promise I35)', async () => {
  await fetch(`${gateway.url}${queue}/messages?oauth=${adminToken}`)
  await fetch(`${gateway.url}/nowhere?oauth=${adminToken}`, { headers: { Authorization: `OAuth ${adminToken}` } })
  await vi.waitFor(() => expect(gateway.logged()).toContain('nowhere')) // written after the answer
  expect(gateway.logged()).not.toContain(adminToken)
})

test('a port that is taken is named, and nothing is left running', async () => {
  const { port } = new URL(gateway.url)
  const listen = { host: '127.0.0.1', port: Number(port), loopback: true }
  await expect(aGateway(database, { listen })).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}`)
})

test('without its database a gateway does not start, and says why', async () => {
  await expect(aGateway({ url: 'postgres://nobody@127.0.0.1:1/nothing' })).rejects.toThrow(
    'The database of DATABASE_URL cannot be used',
  )
})
