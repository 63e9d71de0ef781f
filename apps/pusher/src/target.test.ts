import { expect, test } from 'vitest'
import { readTarget } from './target.ts'

test('1.1 an address without a scheme is http', () => {
  expect(readTarget('example.org:8080/hook?x=1#part')).toMatchObject({
    origin: 'http://example.org:8080',
    path: '/hook?x=1',
    authorization: undefined,
  })
  expect(readTarget('localhost:8080')).toMatchObject({ origin: 'http://localhost:8080', path: '/' })
})

test('U6 a user and password in the address become Basic authorization', () => {
  expect(readTarget('https://me%40work:p%C3%A4ss:word@example.org/')).toMatchObject({
    origin: 'https://example.org',
    authorization: `Basic ${Buffer.from('me@work:päss:word').toString('base64')}`,
  })
  expect(readTarget('http://100%@example.org/')?.authorization).toBe(`Basic ${Buffer.from('100%:').toString('base64')}`)
})

test.each([
  'ftp://example.org/',
  'ironmq:///queue',
  'gopher://example.org/',
  'http://',
  'http://a b/',
  'http://[::1%lo]/',
])('1.1 %j is no place to send to', (address) => {
  expect(readTarget(address)).toBeUndefined()
})
