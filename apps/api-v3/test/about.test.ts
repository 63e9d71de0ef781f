import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startV3 } from './v3.ts'

const v3 = await startV3()

const ask = async (path: string, init?: RequestInit) => {
  const answer = await fetch(v3.url + path, init)
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

type Operation = {
  description?: string
  tags?: string[]
  requestBody?: unknown
  security?: unknown[]
  responses: Record<string, unknown>
  parameters?: { name: string; in: string }[]
}
const paths: Record<string, Record<string, Operation>> = JSON.parse((await ask('/3/openapi.json')).text).paths
const described = Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
)

test('about.1 the version needs no token', async () => {
  expect(await ask('/version')).toMatchObject({ status: 200, text: '{"version":"3.0.0"}' })
})

test('about.2 the document has every route that is mounted, and only those', () => {
  const mounted = v3.app.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  expect(described.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(mounted.toSorted())
})

test('about.2 the document names its parameters, bodies and answers', () => {
  const post = paths['/3/projects/{project}/queues/{queue}/messages']!.post!
  expect(post.parameters!.map((p) => `${p.in} ${p.name}`)).toEqual([
    'path project',
    'path queue',
    'header Idempotency-Key',
  ])
  expect(post).toMatchObject({
    requestBody: { content: { 'application/json': { schema: { required: ['messages'] } } } },
    responses: { 201: { content: { 'application/json': { schema: { required: ['ids', 'msg'] } } } } },
  })
  const reserve = paths['/3/projects/{project}/queues/{queue}/reservations']!.post!
  expect(reserve.parameters!.map((p) => p.name)).toEqual(['project', 'queue', 'n', 'timeout', 'wait', 'delete'])
  expect(JSON.stringify(paths)).not.toContain('"additionalProperties":false')
})

test('about.2 the document shows push queues, their subscribers and statuses', () => {
  const base = '/3/projects/{project}/queues/{queue}'
  const body = (path: string, method: string) => JSON.stringify(paths[base + path]![method]!.requestBody)
  const answer = (path: string, method: string) => JSON.stringify(paths[base + path]![method]!.responses[200])
  for (const field of ['retries_delay', 'error_queue', 'pause_after', 'rate', 'secret', 'headers', 'url']) {
    expect(body('', 'put')).toContain(`"${field}":`)
  }
  for (const field of ['signed', 'failing', 'secret']) expect(answer('', 'put')).toContain(`"${field}":`)
  for (const method of ['post', 'put', 'delete']) {
    expect(body('/subscribers', method)).toContain('"name":')
    expect(answer('/subscribers', method)).toContain('"secrets":')
  }
  expect(answer('/messages/{id}/subscribers', 'get')).toContain('"retries_remaining":')
  expect(answer('/messages/{id}', 'get')).toContain('"push_statuses":')
  expect(body('/messages/{id}', 'delete')).toContain('"subscriber_name":')
  expect(paths[`${base}/messages/{id}`]!.delete!.description).toBe(
    'Needs a token with the scope consume, or none where reservation_id and subscriber_name acknowledge a delivery.',
  )
  expect(paths[`${base}/subscribers/{subscriber}/resume`]!.post!.tags).toEqual(['Push queues'])
})

const guarded = described.filter(({ operation }) => operation.security === undefined)

test('auth.5 only the pages beside the API need no token', () => {
  expect(described.filter((d) => !guarded.includes(d)).map((d) => d.path)).toEqual([
    '/version',
    '/3/openapi.json',
    '/docs',
    '/docs/{file}',
  ])
})

test.each(guarded.map(({ method, path }) => [method, path]))('auth.5 %s %s needs a token', async (method, path) => {
  const target = path.replace(/\{\w+\}/g, '4e25e1d25c0dd27801000275')
  const none = await ask(target, { method })
  const wrong = await ask(target, { method, headers: { Authorization: 'OAuth wrong' } })
  for (const answer of [none, wrong]) {
    expect([answer.status, answer.text]).toEqual([401, '{"msg":"Invalid project/token combination"}'])
  }
})

test('about.3 the page loads only what is served here, and nothing inline', async () => {
  const page = await ask('/docs')
  expect(page.headers.get('content-security-policy')).toContain(
    "default-src 'none'; script-src 'self'; style-src 'self';",
  )
  expect(page.text).not.toMatch(/<script>|<style|https?:\/\//)
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!)
  expect(loaded).toContain('/docs/swagger-ui-bundle.js')
  for (const path of loaded) {
    const file = await ask(path)
    expect([path, file.status]).toEqual([path, 200])
    expect(file.headers.get('content-length')).not.toBeNull()
    expect(file.headers.get('x-content-type-options')).toBe('nosniff')
  }
  expect((await ask('/docs/start.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
})

test.each(['package.json', '..%2Fpackage.json', '__proto__', 'constructor', '%00'])(
  'about.3 there is no file %s',
  async (file) => {
    expect(await ask(`/docs/${file}`)).toMatchObject({ status: 404, text: '{"msg":"Not found"}' })
  },
)

test('http.12 every promise of PROTOCOL.md has a test', () => {
  const here = new URL('.', import.meta.url)
  const promised = readFileSync(new URL('../PROTOCOL.md', here), 'utf8').matchAll(/^\| (\w+\.\d+) \|/gm)
  const tests = readdirSync(here)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, here), 'utf8'))
    .join('\n')
  const untested = [...promised].map(([, id]) => id!).filter((id) => !tests.includes(`'${id} `))
  expect(untested).toEqual([])
})
