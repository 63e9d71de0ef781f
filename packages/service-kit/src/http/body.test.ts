import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { talk, transcript } from '../../test/raw.ts'
import { serve } from '../../test/serve.ts'
import { readBody, readJson } from './body.ts'
import { endpoint } from './endpoint.ts'
import { json } from './json.ts'

const limit = 100_000

/** Says what was read: as JSON under `/json`, as a length under `/bytes`. */
const echo = () =>
  serve((app, around) =>
    app
      .post(
        '/json',
        endpoint(around, '/json', async (c) => json(200, await readJson(c.env.incoming, limit))),
      )
      .post(
        '/bytes',
        endpoint(around, '/bytes', async (c) => json(200, { bytes: (await readBody(c.env.incoming, limit)).length })),
      ),
  )

const post = async (url: string, body: string | Buffer, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { method: 'POST', body, headers })
  return `${answer.status} ${await answer.text()}`
}

test.each([
  ['nothing', '', '200 {}'],
  ['white space', ' \r\n\t', '200 {}'],
  ['an object', '{"a":[1,"\\u0000"]}', '200 {"a":[1,"\\u0000"]}'],
  ['half a body', '{"a":', '400 {"msg":"Request body is not valid JSON"}'],
  ['a bare string', '"id"', '400 {"msg":"Request body must be a JSON object"}'],
  ['an array', '[]', '400 {"msg":"Request body must be a JSON object"}'],
  ['null', 'null', '400 {"msg":"Request body must be a JSON object"}'],
  ['bad UTF-8', Buffer.from([0x22, 0xff, 0x22]), '400 {"msg":"Request body is not valid UTF-8"}'],
  ['too deep a body', '{"a":'.repeat(4000), '400 {"msg":"Request body must not be nested deeper than 64 levels"}'],
])('%s as a JSON body', async (_, body, answer) => {
  const { url } = await echo()
  expect(await post(`${url}/json`, body, { 'Content-Type': 'application/x-www-form-urlencoded' })).toBe(answer)
})

test('a body up to the limit is read, one byte more is refused', async () => {
  const { url } = await echo()
  expect(await post(`${url}/bytes`, Buffer.alloc(limit))).toBe(`200 {"bytes":${limit}}`)
  expect(await post(`${url}/bytes`, Buffer.alloc(limit + 1))).toBe('413 {"msg":"Request body too large"}')
})

test('a chunked body is counted while it comes, and its rest is not a request', async () => {
  const { port } = await echo()
  const chunk = `${(60_000).toString(16)}\n${'GET /json HTTP/1.1 '.repeat(4000).slice(0, 60_000)}\n`
  const received = await talk(
    port,
    `POST /bytes HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n${chunk}${chunk}${chunk}0\n\n` +
      'POST /json HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 7\n\n{"b":2}',
  )
  const answers = transcript(received)
  expect(answers.match(/HTTP\/1.1 .*$/gm)).toEqual(['HTTP/1.1 413 Payload Too Large', 'HTTP/1.1 200 OK'])
  expect(answers.endsWith('{"b":2}')).toBe(true)
})

test('a chunked body of zero length is an empty body', async () => {
  const { port } = await echo()
  const received = await talk(
    port,
    'POST /json HTTP/1.1\nHost: x\nConnection: close\nTransfer-Encoding: chunked\n\n0\n\n',
  )
  expect(transcript(received)).toMatch(/^HTTP\/1.1 200 OK\n.*\n\n{}$/s)
})

test('a compressed body is refused, identity is not', async () => {
  const { url } = await echo()
  expect(await post(`${url}/json`, gzipSync('{}'), { 'Content-Encoding': 'gzip' })).toBe(
    '415 {"msg":"Content-Encoding must be absent or identity"}',
  )
  expect(await post(`${url}/json`, '{}', { 'Content-Encoding': 'Identity' })).toBe('200 {}')
})

test('a client that is cut off after a refusal harms nothing', async () => {
  const { port, url } = await echo()
  const chunk = `${limit.toString(16)}\n${'x'.repeat(limit)}\n`
  await talk(port, `POST /bytes HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n${chunk}${chunk}`, () => true)
  expect(await post(`${url}/json`, '{}')).toBe('200 {}')
})

test('a client that hangs up in its body leaves no fault in the log', async () => {
  const { port, lines } = await echo()
  // Answered with 100 Continue when the request is being read; then we are gone.
  await talk(port, 'POST /bytes HTTP/1.1\nHost: x\nContent-Length: 9\nExpect: 100-continue\n\nhell', () => true)
  await expect.poll(() => lines.filter((line) => line.includes('"status":400')).length).toBeGreaterThan(0)
  expect(lines.filter((line) => JSON.parse(line).level >= 40)).toEqual([])
})
