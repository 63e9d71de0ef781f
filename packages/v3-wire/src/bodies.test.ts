import { expect, test } from 'vitest'
import type { z } from 'zod'
import { DeleteManyBody, PeekQuery, PostBody, QueueBody, ReserveBody, TouchBody, problemOf } from './index.ts'

/** What is read, or the sentence that says what is wrong. */
function read(schema: z.ZodType, body: unknown): unknown {
  const result = schema.safeParse(body)
  return result.success ? result.data : problemOf(result.error)
}

test('keys are known in any case, null is nothing, other keys are ignored', () => {
  const body = { Messages: [{ BODY: 'a', Delay: 5, timeout: 60, oauth: 'T', push_headers: null }], oauth: 'T' }
  expect(read(PostBody, body)).toEqual({ messages: [{ body: 'a', delay: 5 }] })
  expect(read(QueueBody, { Queue: { Name: '', SIZE: 0, Message_Timeout: 5, alerts: null } })).toEqual({
    queue: { message_timeout: 5 },
  })
  expect(read(TouchBody, { reservation_id: 'right', Reservation_ID: 'wrong' })).toEqual({ reservation_id: 'right' })
  expect(read(QueueBody, { queue: null })).toEqual({})
  expect(read(QueueBody, JSON.parse('{"__proto__":{"queue":{"message_timeout":5}}}'))).toEqual({})
})

test.each([
  [{}, 'messages is required'],
  [{ messages: {} }, 'messages must be an array'],
  [{ messages: [] }, 'messages must not be empty'],
  [{ messages: Array(10_001).fill(1) }, 'messages must have at most 10000 elements'],
  [{ messages: ['a'] }, 'messages[0] must be an object'],
  [{ messages: [{ body: 'a' }, {}] }, 'messages[1].body is required'],
  [{ messages: [{ body: 1 }] }, 'messages[0].body must be a string'],
  [{ messages: [{ body: '', body_encoding: 'utf-8' }] }, 'messages[0].body_encoding must be "base64", or left out'],
  [{ messages: [{ body: '', delay: -1 }] }, 'messages[0].delay must be between 0 and 604800'],
  [{ messages: [{ body: '', delay: 604_801 }] }, 'messages[0].delay must be between 0 and 604800'],
  [{ messages: [{ body: '', delay: 1.5 }] }, 'messages[0].delay must be an integer'],
  [{ messages: [{ body: '', delay: '1.5' }] }, 'messages[0].delay must be an integer'],
  [{ messages: [{ body: '', delay: Infinity }] }, 'messages[0].delay must be an integer'],
  [{ messages: [{ body: '', priority: 4_294_967_296 }] }, 'messages[0].priority must be between 0 and 4294967295'],
])('a post of %j is refused: %s', (body, problem) => {
  expect(read(PostBody, body)).toBe(problem)
})

test.each([
  [[], 'must be an object'],
  [{ a: '1', b: '1', c: '1', d: '1', e: '1', f: '1' }, 'must have at most 5 headers'],
  [{ '': '1' }, 'must not have an empty header name'],
  [{ ['x'.repeat(65)]: '1' }, 'must have header names of at most 64 bytes'],
  [{ 'a b': '1' }, 'must have header names that HTTP allows'],
  [{ 'content-TYPE': '1' }, 'must not set the header content-TYPE'],
  [{ 'Iron-Message-Id': '1' }, 'must not set the header Iron-Message-Id'],
  [{ a: '' }, 'must not have an empty value for the header a'],
  [{ a: 'ü'.repeat(513) }, 'must have values of at most 1024 bytes'],
  [{ a: 'x\r\ny' }, 'must not have CR, LF or NUL in the value of the header a'],
])('push_headers %j are refused', (push_headers, rule) => {
  expect(read(PostBody, { messages: [{ body: '', push_headers }] })).toBe(`messages[0].push_headers ${rule}`)
})

test('push headers keep the case of their names', () => {
  const push_headers = { 'X-Custom': 'x'.repeat(1024), x: '1' }
  expect(read(PostBody, { messages: [{ body: '', push_headers }] })).toEqual({ messages: [{ body: '', push_headers }] })
})

test.each([
  [{ queue: 'x' }, 'queue must be an object'],
  [{ queue: { message_timeout: '60' } }, 'queue.message_timeout must be an integer'],
  [{ queue: { message_timeout: -1 } }, 'queue.message_timeout must be between 1 and 86400, or 0 for the default'],
  [{ queue: { message_timeout: 86_401 } }, 'queue.message_timeout must be between 1 and 86400, or 0 for the default'],
  [{ queue: { type: 'push' } }, 'queue.type must be one of pull, unicast, multicast'],
  [
    { queue: { dead_letter: { max_reservations: 0 } } },
    'queue.dead_letter.max_reservations must be between 1 and 1000',
  ],
  [{ queue: { dead_letter: { queue_name: 5 } } }, 'queue.dead_letter.queue_name must be a string'],
])('a queue of %j is refused: %s', (body, problem) => {
  expect(read(QueueBody, body)).toBe(problem)
})

test('numbers in strings are read where clients send them', () => {
  expect(read(ReserveBody, { n: '5', timeout: '30', wait: '10', delete: true })).toEqual({
    n: 5,
    timeout: 30,
    wait: 10,
    delete: true,
  })
  expect(read(PostBody, { messages: [{ body: '', delay: '60' }] })).toEqual({ messages: [{ body: '', delay: 60 }] })
  expect(read(ReserveBody, { n: '' })).toBe('n must be an integer')
  expect(read(ReserveBody, { delete: 'true' })).toBe('delete must be true or false')
})

test.each([
  [ReserveBody, { n: 101 }, 'n must be between 1 and 100, or 0 for the default'],
  [ReserveBody, { wait: -1 }, 'wait must not be negative'],
  [ReserveBody, { timeout: 86_401 }, 'timeout must be between 1 and 86400, or 0 for the default'],
  [PeekQuery, { n: '0' }, 'n must be between 1 and 100'],
  [TouchBody, { reservation_id: 5 }, 'reservation_id must be a string'],
])('%# out of range', (schema, body, problem) => {
  expect(read(schema, body)).toBe(problem)
})

test('ids may be strings, objects or both', () => {
  expect(
    read(DeleteManyBody, { ids: ['1', { id: '2', reservation_id: '' }, { ID: 3, reservation_id: null }, 4] }),
  ).toEqual({
    ids: [{ id: '1' }, { id: '2', reservation_id: '' }, { id: '3' }, { id: '4' }],
  })
})

test.each([
  [null, 'ids is required'],
  ['x', 'ids must be an array'],
  [[], 'ids must not be empty'],
  [Array(101).fill('x'), 'ids must have at most 100 elements'],
  [[['x']], 'ids[0] must be an object'],
  [[null], 'ids[0] must be an object'],
  [[{}], 'ids[0].id is required'],
  [[1e18 + 1], 'ids[0].id must be a string, or a number that is an exact integer'],
])('ids %j are refused: %s', (ids, problem) => {
  expect(read(DeleteManyBody, { ids })).toBe(problem)
})
