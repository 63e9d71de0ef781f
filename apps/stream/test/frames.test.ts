import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { startStream } from './stream.ts'

const stream = await startStream()

test.each([
  ['no JSON', 'hello'],
  ['half of it', '{"type":'],
  ['an array', '[]'],
  ['a number', '1'],
  ['null', 'null'],
  ['no type', '{}'],
  ['a type that is no text', '{"type":1}'],
  ['an unknown type', '{"type":"welcome"}'],
  ['a name of every object', '{"type":"constructor"}'],
  ['more structure than could be said back', `{"type":"ping","t":${'['.repeat(8000)}${']'.repeat(8000)}}`],
  ['too much structure', `{"type":"post","messages":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
])('frame.1: 4400 for %s', async (_, text) => {
  const my = await (await stream.aDoor()).client()
  my.send(text)
  expect(await my.closing).toMatchObject({ code: 4400 })
})

test('frame.2: 4400 for a binary frame, 1007 for text that is not UTF-8', async () => {
  const { client } = await stream.aDoor()
  const binary = await client()
  binary.socket.send(Buffer.from('{"type":"ping"}'), { binary: true })
  expect(await binary.closing).toMatchObject({ code: 4400 })
  const broken = await client()
  broken.socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false })
  expect(await broken.closing).toMatchObject({ code: 1007 })
})

test('frame.3: 1009 for a frame above frame_bytes, in fragments too; one that is just as large is taken', async () => {
  const { client } = await stream.aDoor({ limits: { frameBytes: 10_000 } })
  const padded = (bytes: number) => `{"type":"ping","t":"${'x'.repeat(bytes - 22)}"}`
  const whole = await client()
  whole.send(padded(10_000))
  expect(await whole.take('pong')).toBeDefined()
  whole.send(padded(10_001))
  expect(await whole.closing).toMatchObject({ code: 1009 })
  const pieces = await client()
  for (let i = 0; i < 11; i++) pieces.socket.send('x'.repeat(1000), { fin: false })
  expect(await pieces.closing).toMatchObject({ code: 1009 })
})

test('frame.4: a frame in fragments is one frame', async () => {
  const my = await (await stream.aDoor()).client()
  for (const piece of ['{"type":', '"ping","t"', ':"ü']) my.socket.send(piece, { fin: false })
  my.socket.send('🐇"}', { fin: true })
  expect(await my.take('pong')).toEqual({ type: 'pong', t: 'ü🐇' })
})

test('frame.4: 1008 for one in more than 1024', async () => {
  const { client, post } = await stream.aDoor()
  await post('1')
  const my = await client()
  for (let i = 0; i < 1100; i++) my.socket.send('', { fin: false })
  expect(await my.closing).toMatchObject({ code: 1008 })
})

test('frame.5: a reply says the id of its frame, number or string; one that cannot be repeated is an error', async () => {
  const my = await (await stream.aDoor()).client()
  my.send({ type: 'ping', id: 7, t: 1 })
  expect(await my.take('pong')).toEqual({ type: 'pong', re: 7, t: 1 })
  my.send({ type: 'ping', id: 'seven' })
  expect(await my.take('pong')).toEqual({ type: 'pong', re: 'seven' })
  for (const id of ['x'.repeat(65), {}, true, 2 ** 53]) {
    my.send({ type: 'ping', id })
    expect(await my.take('error')).toMatchObject({ code: 'invalid' })
  }
  my.send({ type: 'pong' })
  expect(await my.ask({ type: 'ping' })).toMatchObject({ type: 'pong' })
})

test('frame.6: 4429 for more frames per second than allowed', async () => {
  const my = await (await stream.aDoor({ limits: { framesPerSecond: 50 } })).client()
  for (let i = 0; i < 120; i++) my.send({ type: 'pong' })
  expect(await my.closing).toMatchObject({ code: 4429 })
  const pinging = await (await stream.aDoor({ limits: { framesPerSecond: 50 } })).client()
  for (let i = 0; i < 120; i++) pinging.socket.ping()
  expect(await pinging.closing).toMatchObject({ code: 4429 })
})

test('frame.7: values that break a rule are an error that names them, and the connection stays', async () => {
  const my = await (await stream.aDoor()).client()
  const invalid = [
    { type: 'subscribe', queue: 'q' },
    { type: 'subscribe', sub: '', queue: 'q' },
    { type: 'subscribe', sub: 's' },
    { type: 'subscribe', sub: 's', queue: 'q', credit: -1 },
    { type: 'subscribe', sub: 's', queue: 'q', credit: 1001 },
    { type: 'subscribe', sub: 's', queue: 'q', batch: 101 },
    { type: 'subscribe', sub: 's', queue: 'q', timeout: 0 },
    { type: 'subscribe', sub: 's', queue: 'q', mode: 'peek' },
    { type: 'credit', sub: 's', add: 1, set: 1 },
    { type: 'delete', ids: [] },
    { type: 'delete', queue: 'q', ids: [] },
    { type: 'delete', queue: 'q', ids: 'all' },
    { type: 'release', queue: 'q', ids: [{}], delay: -1 },
    { type: 'touch', queue: 'q', ids: [{}], timeout: 86_401 },
    { type: 'post', messages: [{ body: 'x' }] },
    { type: 'post', queue: 'q', messages: [] },
    { type: 'post', queue: 'q', messages: [{ body: 1 }] },
    { type: 'post', queue: 'q', messages: [{ body: 'x' }], key: 1 },
    { type: 'post', queue: 'q', messages: [{ body: 'x' }], key: 'with space' },
  ]
  for (const frame of invalid) {
    expect([frame, await my.ask(frame)]).toMatchObject([frame, { type: 'error', code: 'invalid', temporary: false }])
  }
  for (const type of ['credit', 'unsubscribe']) {
    expect(await my.ask({ type, sub: 'nobody' })).toMatchObject({ code: 'sub_not_found', sub: 'nobody' })
  }
})

test('frame.8: a queue that there is not', async () => {
  const my = await (await stream.aDoor()).client()
  const ids = [{ id: '1000000000000000001', reservation_id: 'a'.repeat(32) }]
  for (const frame of [
    { type: 'subscribe', sub: 's' },
    { type: 'delete', ids },
    { type: 'bury', ids },
  ]) {
    expect(await my.ask({ queue: 'none', ...frame })).toMatchObject({ type: 'error', code: 'queue_not_found' })
  }
  expect(stream.faults.filter((line) => line.includes('a frame failed'))).toEqual([])
})

test('frame.9: frames that come before the token was looked at wait for it', async () => {
  const { url, token } = await stream.aDoor()
  const my = await openClient(url)
  my.send({ type: 'hello', token })
  my.send({ type: 'ping', id: 1 })
  await my.take('welcome')
  expect(await my.take('pong')).toMatchObject({ re: 1 })
})
