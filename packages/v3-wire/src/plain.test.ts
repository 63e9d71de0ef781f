import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { DeleteBody, DeleteManyBody, PostBody, ReserveBody } from './bodies.ts'
import { isPlainDelete, isPlainDeleteMany, isPlainPost, isPlainReserve } from './plain.ts'

type Sent = Record<string, unknown>

const value = fc.oneof(
  fc.string(),
  fc.integer({ min: -2, max: 700_000 }),
  fc.constantFrom(0, 1, 100, 101, 86_400, 604_800, 4_294_967_295, 4_294_967_296, 1e300, -0, 1.5, '7', true, null),
)
const key = fc.constantFrom(
  ...['body', 'delay', 'priority', 'push_headers', 'id', 'reservation_id', 'subscriber_name', 'timeout'],
  ...['n', 'wait', 'delete', 'BODY', 'Id', 'x', 'toString', '__proto__', 'constructor'],
)
const object = fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: false })
const list = (name: string) =>
  fc.dictionary(fc.constantFrom(name, name, 'x'), fc.oneof(fc.array(object, { maxLength: 3 }), value), { maxKeys: 2 })

const cases: [string, (sent: Sent) => boolean, z.ZodType, fc.Arbitrary<Sent>][] = [
  ['post', isPlainPost, PostBody, list('messages')],
  ['reserve', isPlainReserve, ReserveBody, object],
  ['delete', isPlainDelete, DeleteBody, object],
  ['delete of many', isPlainDeleteMany, DeleteManyBody, list('ids')],
]

test.each(cases)('what is called a plain body of a %s is what its schema hands back', (_, isPlain, schema, bodies) => {
  fc.assert(
    fc.property(bodies, (made) => {
      const sent = JSON.parse(JSON.stringify(made)) as Sent
      if (isPlain(sent)) expect(schema.parse(sent)).toEqual(sent)
    }),
    { numRuns: 1000 },
  )
})

test('what clients send is plain', () => {
  expect(isPlainPost({ messages: [{ body: 'a' }, { body: 'b', delay: 5, priority: 1 }] })).toBe(true)
  expect(isPlainReserve({ n: 100, timeout: 60, wait: 30, delete: false })).toBe(true)
  expect(isPlainDelete({ reservation_id: 'r' })).toBe(true)
  expect(isPlainDelete({ reservation_id: 'r', subscriber_name: 's' })).toBe(true)
  expect(isPlainDeleteMany({ ids: [{ id: '1', reservation_id: 'r' }] })).toBe(true)
  expect(isPlainDeleteMany({ ids: [{ id: '1', reservation_id: 'r', subscriber_name: 's' }] })).toBe(true)
  for (const isPlain of [isPlainReserve, isPlainDelete]) expect(isPlain({})).toBe(true)
})

test('as many as allowed are plain, one more is for the schema', () => {
  const messages = Array(10_000).fill({ body: '' })
  expect([isPlainPost({ messages }), isPlainPost({ messages: [...messages, { body: '' }] })]).toEqual([true, false])
  const ids = Array(100).fill({ id: '1' })
  expect([isPlainDeleteMany({ ids }), isPlainDeleteMany({ ids: [...ids, { id: '1' }] })]).toEqual([true, false])
})
