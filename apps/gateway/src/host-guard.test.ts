import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { hostGuard } from './host-guard.ts'

const guard = hostGuard(readConfig({ WELDMQ_PUBLIC_URL: 'http://mq.example.com:8080' }))
const request = (host: string | undefined, more: { authorization?: string; url?: string } = {}) =>
  ({ headers: { host, authorization: more.authorization }, url: more.url ?? '/metrics' }) as IncomingMessage

test.each([
  'localhost',
  'localhost:8080',
  'LOCALHOST.:8080',
  'a.localhost',
  '127.0.0.1:8080',
  '[::1]:8080',
  '192.168.0.1',
  'mq.example.com',
  'mq.example.com:80',
  'MQ.example.com.',
  undefined,
])('a request for %s is served', (host) => {
  expect(guard(request(host))).toBeUndefined()
})

test.each([
  'evil.example',
  'evil.example:8080',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'x-mq.example.com',
  '',
])('a web page under the name %j is refused', async (host) => {
  expect(guard(request(host))?.status).toBe(403)
  expect(guard(request(host, { url: '/metrics?oauth=' }))?.status).toBe(403)
  for (const authorization of ['x', 'Basic eDp5', 'OAuth', 'OAuth ', 'OAuth a b']) {
    expect(guard(request(host, { authorization }))?.status).toBe(403)
  }
})

test('whoever brings a token may call us what they like', () => {
  expect(guard(request('queue.internal', { authorization: 'OAuth t' }))).toBeUndefined()
  expect(guard(request('queue.internal', { url: '/3/projects/p/queues?oauth=t' }))).toBeUndefined()
})

test('when other machines may reach us, names are their business', () => {
  const open = hostGuard(readConfig({ WELDMQ_LISTEN: '0.0.0.0:8080' }))
  expect(open(request('anything.example'))).toBeUndefined()
})
