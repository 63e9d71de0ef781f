import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { HttpRefusal } from './http-refusal.ts'
import { decodeSegment, pathOf, queryOf, withoutToken } from './target.ts'

const request = (url: string) => ({ url }) as IncomingMessage

test.each([
  ['/3/projects/p/queues', '/3/projects/p/queues'],
  ['/3/projects/p/queues/', '/3/projects/p/queues'],
  ['/3/projects/p/queues?', '/3/projects/p/queues'],
  ['/queues/a%2Fb?x=/y/', '/queues/a%2Fb'],
  ['/queues/..', '/queues/..'],
  ['/', '/'],
  ['http://example.com/version?x', '/version'],
  ['http://example.com', '/'],
])('the path of %s is %s', (url, path) => {
  expect(pathOf(request(url))).toBe(path)
})

test.each([
  ['jobs', 'jobs'],
  ['a+b', 'a+b'],
  ['a%20b', 'a b'],
  ['a%2520b', 'a%20b'],
  ['%3A%3D%2f', ':=/'],
  ['%E2%82%AC', '€'],
])('the segment %j is the name %j', (segment, name) => {
  expect(decodeSegment(segment)).toBe(name)
})

test.each(['%', '%zz', 'a%2', '%ff', '%ed%a0%80'])('the segment %j is refused', (segment) => {
  expect(() => decodeSegment(segment)).toThrow(HttpRefusal)
})

test('a query is read as a form', () => {
  expect([...queryOf(request('/q?n=1&prefix=a+b%2F&&x'))]).toEqual([
    ['n', '1'],
    ['prefix', 'a b/'],
    ['x', ''],
  ])
  expect([...queryOf(request('/q'))]).toEqual([])
})

test('a target in the log does not show the token', () => {
  expect(withoutToken('/q?n=1&oauth=geheim&x=2')).toBe('/q?n=1&oauth=[redacted]&x=2')
  expect(withoutToken('/q?OAUTH=geheim')).toBe('/q?OAUTH=[redacted]')
  expect(withoutToken('/q?%6fauth=geheim&n=1')).toBe('/q?%6fauth=[redacted]&n=1')
  expect(withoutToken('/q?o%61uth+=geheim')).toBe('/q?o%61uth+=[redacted]')
  expect(withoutToken('/q?n=1;oauth=geheim')).toBe('/q?n=[redacted]')
  expect(withoutToken('/q?n=1#?oauth=geheim')).toBe('/q?n=[redacted]')
  expect(withoutToken('http://somebody:geheim@example.com/q?n=1')).toBe('/q?n=1')
  expect(withoutToken('/q?n=1&prefix=a%zz')).toBe('/q?n=1&prefix=a%zz')
})
