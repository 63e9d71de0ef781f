import { expect, test } from 'vitest'
import { type ClaimedDelivery, handedOn } from '@weldmq/queue-core'
import { isElsewhere, isHere, postElsewhere } from '../src/other-server.ts'
import { aDelivery, aReceiver } from './delivery.ts'

const to = (url: string, changes: Partial<ClaimedDelivery> = {}, plain: string[] = []) =>
  postElsewhere(aDelivery({ subscriber: aReceiver({ name: 'far', url }), ...changes }), new Set(plain))
const far = 'ironmq://project1:token1@mq.example.org/jobs'
const sentOf = (changes: Partial<ClaimedDelivery>) => JSON.parse(to(far, changes).body.toString())

test('I5 a message for another server is posted there, with the token of the address', () => {
  const post = to(far)
  expect(post.url).toBe('https://mq.example.org/3/projects/project1/queues/jobs/messages')
  expect(post.headers).toEqual({
    Authorization: 'OAuth token1',
    'Content-Type': 'application/json',
    'User-Agent': 'IronMQ Pusherd',
  })
  expect(JSON.parse(post.body.toString())).toEqual({ messages: [{ body: 'hello', push_headers: {} }] })
})

test.each([
  ['ironmq://p:t@mq.example.org:8080/q', [], 'https://mq.example.org:8080/'],
  ['ironmq://p:t@mq.example.org:80/q', [], 'http://mq.example.org:80/'],
  ['ironmq://p:t@MQ.example.org:8080/q', ['mq.example.org:8080'], 'http://MQ.example.org:8080/'],
  ['ironmq://p:t@[::1]:8080/q', ['[::1]:8080'], 'http://[::1]:8080/'],
])('I5 %s goes in the clear to port 80 and where the operator says so: %j', (url, plain, origin) => {
  expect(to(url, {}, plain).url).toBe(`${origin}3/projects/p/queues/q/messages`)
})

test('I5 the name of the queue stays one piece of the path', () => {
  expect(to('ironmq://p:t@h/a%2Fb%3Fc').url).toBe('https://h/3/projects/p/queues/a%2Fb%3Fc/messages')
})

test('I5 a queue is elsewhere when its address names a host, and here when it does not', () => {
  expect(isElsewhere(far)).toBe(true)
  for (const url of ['http://example.org/', 'ironmq:///q', 'ironmq://p:t@/q']) expect(isElsewhere(url)).toBe(false)
  for (const url of ['ironmq:///q', 'ironmq://p:t@/q', 'IronMQ:///q']) expect(isHere(url)).toBe(true)
  for (const url of [far, 'http://example.org/', 'http:///q']) expect(isHere(url)).toBe(false)
})

test('U3 a message is handed on ten times', () => {
  const next = (headers: Record<string, string>, among = 1) => handedOn(headers, among)
  expect(next({ 'X-Trace': 't' })).toEqual({ headers: { 'X-Trace': 't', 'Weldmq-Hops': '1' } })
  expect(next({ 'weldmq-hops': '9' })).toEqual({ headers: { 'Weldmq-Hops': '10' } })
  expect(next({ 'Weldmq-Hops': '10' })).toEqual({ failure: 'handed on more than 10 times' })
  expect(next({ 'Weldmq-Hops': 'many' })).toEqual({ headers: { 'Weldmq-Hops': '1' } })
  expect(next({}, 1500)).toEqual({ headers: { 'Weldmq-Hops': '1 1500' } })
  expect(next({ 'Weldmq-Hops': '1 100' }, 100)).toEqual({ headers: { 'Weldmq-Hops': '2 10000' } })
  expect(next({ 'Weldmq-Hops': '1 101' }, 100)).toEqual({ failure: 'handed on to more than 10000 queues' })
  expect(next({ 'Weldmq-Hops': '1 0' }, 2)).toEqual({ headers: { 'Weldmq-Hops': '1 2' } })
})

test('I3 push headers travel along, the count of hops among them', () => {
  const pushHeaders = { 'X-Trace': 't', 'Weldmq-Hops': '2' }
  expect(sentOf({ pushHeaders })).toEqual({ messages: [{ body: 'hello', push_headers: pushHeaders }] })
})

test('I1 any text arrives as it was posted; other bytes are base64 that says so, as v3 shows them', () => {
  expect(sentOf({ body: Buffer.from('Zoë \u0000 𝄞') }).messages[0]).toMatchObject({ body: 'Zoë \u0000 𝄞' })
  expect(sentOf({ body: Buffer.from([0xed, 0xa0, 0x80]) }).messages[0]).toMatchObject({ body: '\ud800' })
  expect(sentOf({ body: Buffer.from([0xff, 0x00]) }).messages[0]).toMatchObject({
    body: '/wA=',
    body_encoding: 'base64',
  })
})
