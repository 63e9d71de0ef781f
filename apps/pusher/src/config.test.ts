import { expect, test } from 'vitest'
import { z } from 'zod'
import { pushSettings, toPushConfig } from './config.ts'

const read = (settings: Record<string, string>) => toPushConfig(z.object(pushSettings).parse(settings))

test('U5 without settings nothing private is allowed', () => {
  expect(read({})).toEqual({
    enabled: true,
    allow: [],
    plainHttp: new Set(),
    slots: { perSubscriber: 50, perHost: 200, total: 1000 },
    bytes: 268_435_456,
  })
})

test('settings are lists and numbers', () => {
  expect(
    read({
      WELDMQ_PUSH_ALLOW: '10.0.0.0/8, 127.0.0.1,fd00::/8',
      WELDMQ_PUSH_PLAIN_HTTP: 'Queue.internal:8080,[::1]:80',
      WELDMQ_PUSH_CONCURRENCY: '1',
      WELDMQ_PUSH_BYTES: '1048576',
    }),
  ).toEqual({
    enabled: true,
    allow: [
      { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
      { address: '127.0.0.1', prefix: 32, family: 'ipv4' },
      { address: 'fd00::', prefix: 8, family: 'ipv6' },
    ],
    plainHttp: new Set(['queue.internal:8080', '[::1]:80']),
    slots: { perSubscriber: 1, perHost: 200, total: 1000 },
    bytes: 1_048_576,
  })
})

test.each(['10.0.0.0/33', '10.0.0/8', 'localhost', '10.0.0.1,', '::/129', '10.0.0.0/-1', 'on'])(
  'the block %j is refused with the rule',
  (text) => {
    expect(() => read({ WELDMQ_PUSH_ALLOW: text })).toThrow(/must be blocks of addresses/)
  },
)

test('other wrong settings are refused with their rules', () => {
  expect(() => read({ WELDMQ_PUSH_PLAIN_HTTP: 'queue.internal' })).toThrow(/must be host:port/)
  for (const text of ['0', '1.5', 'many', '10001']) {
    expect(() => read({ WELDMQ_PUSH_IN_FLIGHT: text })).toThrow(/whole number from 1 to 10000/)
    expect(() => read({ WELDMQ_PUSH_BYTES: text })).toThrow(/whole number of bytes from 1048576/)
  }
})
