import { expect, test } from 'vitest'
import type { ClaimedDelivery } from '@weldmq/queue-core'
import { requestHeaders } from '../src/headers.ts'
import { aDelivery, aReceiver } from './delivery.ts'

const base = 'https://mq.example.org'
const headersOf = (changes: Partial<ClaimedDelivery> = {}) => requestHeaders(aDelivery(changes), base)
const subscriber = (headers: Record<string, string>) => aReceiver({ headers })

test('3.1 every delivery has the full set of both versions', () => {
  expect(headersOf()).toEqual({
    'User-Agent': 'IronMQ Pusherd',
    'Content-Type': 'text/plain; encoding=utf-8',
    'Iron-Message-Id': '1000000000000000042',
    'Iron-Reservation-Id': 'reservation-1',
    'Iron-Subscriber-Name': 'billing',
    'Iron-Subscriber-Message-Id': '1000000000000000007',
    'Iron-Subscriber-Message-Url':
      'https://mq.example.org/3/projects/5f1e00000000000000000001/queues/orders/messages/1000000000000000042',
  })
})

test('3.1 P-3 a subscriber may change the agent and the type, a message may not', () => {
  const own = { 'user-agent': 'mine', 'content-type': 'application/json' }
  expect(headersOf({ subscriber: subscriber(own) })).toMatchObject(own)
  expect(headersOf({ pushHeaders: own })).toMatchObject({
    'User-Agent': 'IronMQ Pusherd',
    'Content-Type': 'text/plain; encoding=utf-8',
  })
})

test('3.1 headers of the message win over those of the subscriber, in any case, and are sent once', () => {
  const headers = headersOf({
    subscriber: subscriber({ 'X-Trace': 'subscriber', 'X-Key': 'k' }),
    pushHeaders: { 'x-trace': 'message' },
  })
  expect(headers).toMatchObject({ 'x-trace': 'message', 'X-Key': 'k' })
  expect(headers).not.toHaveProperty('X-Trace')
})

test('3.1 nobody changes what the delivery says about itself, or how HTTP frames it', () => {
  const bad = {
    'iron-message-id': 'x',
    'IRON-RESERVATION-ID': 'x',
    'Iron-Subscriber-Name': 'x',
    'Iron-Subscriber-Message-Id': 'x',
    'Iron-Subscriber-Message-Url': 'x',
    Host: 'inside.example',
    'Content-Length': '1',
    'Transfer-Encoding': 'chunked',
    Connection: 'upgrade',
    Upgrade: 'h2c',
    Expect: '100-continue',
  }
  expect(headersOf({ subscriber: subscriber(bad), pushHeaders: bad })).toEqual(headersOf())
})

test('3.2 A1 the URL of a v2 queue names the delivery, and no token', () => {
  expect(headersOf({ door: 'v2' })['Iron-Subscriber-Message-Url']).toBe(
    'https://mq.example.org/1/projects/5f1e00000000000000000001/queues/orders/messages/1000000000000000042/subscribers/1000000000000000007',
  )
})

test('3.2 A2 A4 the queue is the sixth piece of the path, whatever its name holds', () => {
  const url = new URL(headersOf({ queue: 'a/b?c#d é' })['Iron-Subscriber-Message-Url']!)
  expect(decodeURIComponent(url.pathname.split('/')[5]!)).toBe('a/b?c#d é')
  expect(url.search + url.hash).toBe('')
})

test('the count of hops is a header of the message like any other', () => {
  expect(headersOf({ pushHeaders: { 'Weldmq-Hops': '3' } })).toMatchObject({ 'Weldmq-Hops': '3' })
})
