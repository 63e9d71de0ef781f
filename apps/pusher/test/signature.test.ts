import { createHmac, randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import type { ClaimedDelivery } from '@weldmq/queue-core'
import { requestHeaders } from '../src/headers.ts'
import { aDelivery, aReceiver } from './delivery.ts'

const aSecret = () => `whsec_${randomBytes(24).toString('base64')}`
const signed = (secrets: string[], changes: Partial<ClaimedDelivery> = {}) =>
  aDelivery({ subscriber: aReceiver({ name: 'a.b', secrets }), ...changes })
const headersOf = (delivery: ClaimedDelivery, at?: Date) => requestHeaders(delivery, 'https://mq.example.org', at)
const body = '{"order":1,"name":"Zoë"}'

test('security row 6: a receiver with the secret takes the delivery', () => {
  const secret = aSecret()
  const delivery = signed([secret], { body: Buffer.from(body) })
  expect(new Webhook(secret).verify(body, headersOf(delivery))).toEqual(JSON.parse(body))
})

test('security row 6: with another secret, body or time it does not', () => {
  const secret = aSecret()
  const delivery = signed([secret], { body: Buffer.from(body) })
  const headers = headersOf(delivery)
  const late = headersOf(delivery, new Date(Date.now() - 3_600_000))
  expect(() => new Webhook(aSecret()).verify(body, headers)).toThrow('No matching signature found')
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature found')
  expect(() => new Webhook(secret).verify(body, late)).toThrow('Message timestamp too old')
})

test('security row 6: during rotation receivers with either secret take it', () => {
  const [older, newer] = [aSecret(), aSecret()]
  const headers = headersOf(signed([newer, older], { body: Buffer.from(body) }))
  expect(headers['webhook-signature']!.split(' ')).toHaveLength(2)
  for (const secret of [older, newer]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
})

test('the id is the same on every attempt, another for another subscriber, and has no dot', () => {
  const secret = aSecret()
  const idOf = (delivery: ClaimedDelivery) => headersOf(delivery)['webhook-id']!
  const id = idOf(signed([secret]))
  expect(idOf(signed([secret], { reservationId: 'reservation-2' }))).toBe(id)
  expect(idOf(signed([secret], { subscriber: aReceiver({ name: 'c', secrets: [secret] }) }))).not.toBe(id)
  expect(idOf(signed([secret], { queue: 'others' }))).not.toBe(id)
  expect(id).toMatch(/^msg_\d{19}_[0-9a-f]{16}$/)
})

test('any bytes are signed as they are', () => {
  const secret = aSecret()
  const bytes = Buffer.from([0x22, 0xff, 0x00, 0x22])
  const headers = headersOf(signed([secret], { body: bytes }))
  const id = headers['webhook-id']!
  const time = headers['webhook-timestamp']!
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const mac = createHmac('sha256', key).update(Buffer.concat([Buffer.from(`${id}.${time}.`), bytes]))
  expect(headers['webhook-signature']).toBe(`v1,${mac.digest('base64')}`)
})

test('without a secret nothing is signed, and a subscriber cannot pretend', () => {
  expect(Object.keys(headersOf(signed([]))).filter((name) => name.startsWith('webhook-'))).toEqual([])
  const secret = aSecret()
  const pretending = signed([secret], { body: Buffer.from(body), pushHeaders: { 'Webhook-Signature': 'v1,x' } })
  expect(new Webhook(secret).verify(body, headersOf(pretending))).toEqual(JSON.parse(body))
})
