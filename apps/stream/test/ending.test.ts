import { fork } from 'node:child_process'
import { once } from 'node:events'
import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { defaultLimits } from '../src/limits.ts'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()

test('end.1: the end of a connection gives back what it holds, at once and uncounted', async () => {
  const { client, post, on } = await stream.aDoor()
  await post('1', '2', '3')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 3, timeout: 86_400 })
  await my.messages(3)
  const other = await client()
  await other.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 3 })
  my.socket.close()
  expect((await other.messages(3)).map(({ body }) => String(body)).toSorted()).toEqual(['1', '2', '3'])
  other.socket.terminate()
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})

test('end.2: kill -9 of a client: its messages are reservable at another gateway', async () => {
  const another = await stream.anotherCore()
  const { url, token, post, on } = await stream.aDoor()
  await post('1', '2')
  const child = fork(new URL('./hold-and-stay.mjs', import.meta.url), [url, token], { stdio: 'inherit' })
  expect((await once(child, 'message'))[0]).toBe('holding')
  expect(valueOf(await another.reserveMessages({ ...on, count: 2 }))).toEqual([])
  child.kill('SIGKILL')
  // Whichever comes back first.
  const reserve = async () => valueOf(await another.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))
  const back = [...(await reserve()), ...(await reserve())]
  expect(back.map(({ body, reservedCount }) => `${body.toString()} ${reservedCount}`).toSorted()).toEqual([
    '1 2',
    '2 2',
  ])
})

test('end.1: also when it ends by a broken frame, and its client does not answer the close', async () => {
  const { url, token, post, on } = await stream.aDoor({ limits: { frameBytes: 1000 } })
  await post('1')
  const my = await openClient(url, { token })
  await my.take('welcome')
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1, timeout: 86_400 })
  await my.messages(1)
  my.send('x'.repeat(2000))
  my.socket.pause()
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})

test('end.3: a planned stop says so, hands out nothing more, and closes when nothing is held', async () => {
  expect(defaultLimits.goingSeconds).toBe(3)
  const { client, post, door } = await stream.aDoor({ limits: { goingSeconds: 30 } })
  await post('1')
  const [busy, idle] = [await client(), await client()]
  await busy.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 5 })
  const [held] = await busy.messages(1)
  const stopped = door.stop()
  expect(await idle.take('going')).toEqual({ type: 'going', in: 30, why: 'stopping' })
  expect(await idle.closing).toMatchObject({ code: 1001 })
  await busy.take('going')
  await post('2')
  const ids = [{ id: held!['id'], reservation_id: held!['reservation_id'] }]
  expect(await busy.ask({ type: 'delete', queue: 'q', ids })).toMatchObject({ type: 'ok' })
  expect(await busy.closing).toMatchObject({ code: 1001 })
  expect(busy.frames).toEqual([])
  await stopped
})

test('end.4: what is not finished by then is cut off with 1012, and given back', async () => {
  const { client, post, door, on } = await stream.aDoor({ limits: { goingSeconds: 0.05 } })
  await post('1')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 5 })
  await my.messages(1)
  await door.stop()
  expect(await my.closing).toMatchObject({ code: 1012 })
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})

test('end.5: whoever comes while it stops is sent away with 1001', async () => {
  const { client, post, door, url, token } = await stream.aDoor()
  await post('1')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  await my.messages(1)
  void door.stop()
  expect(await (await openClient(url, { token })).closing).toMatchObject({ code: 1001 })
})

test('end.6: 4410 when two heartbeats bring no sign of life, and what it held is free', async () => {
  const { url, token, post, on } = await stream.aDoor({ limits: { heartbeatSeconds: 1 } })
  await post('1')
  const silent = await openClient(url, { token, autoPong: false })
  let isThere = true
  silent.socket.on('ping', () => isThere && silent.socket.pong())
  await silent.take('welcome')
  silent.send({ type: 'subscribe', sub: 's', queue: 'q', credit: 1, timeout: 86_400 })
  await silent.messages(1)
  const pinging = await openClient(url, { token, autoPong: false })
  await pinging.take('welcome')
  const timer = setInterval(() => pinging.send({ type: 'ping' }), 200)
  isThere = false
  expect(await silent.closing).toMatchObject({ code: 4410 })
  clearInterval(timer)
  expect(await pinging.ask({ type: 'ping' })).toMatchObject({ type: 'pong' })
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})

test('end.7: a socket that is half open, its client gone without a word, is found and its messages are free', async () => {
  const { client, post, on } = await stream.aDoor({ limits: { heartbeatSeconds: 1 } })
  await post('1')
  const my = await client()
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1, timeout: 86_400 })
  await my.messages(1)
  my.socket.pause() // its end of the socket stays, and reads and answers nothing
  expect(valueOf(await stream.core.reserveMessages({ ...on, count: 1, waitSeconds: 20 }))).toHaveLength(1)
})

/** More than the buffers of the system between two sockets of one machine. */
const LARGE = { count: 500, body: 'x'.repeat(60_000), credit_bytes: 60_000_000 }

const bufferBytes = 200_000

/** A client that has asked for large messages, and reads none of them. */
async function aStoppedReader(limits: { slowMilliseconds: number; heartbeatSeconds?: number }) {
  const door = await stream.aDoor({ limits: { bufferBytes, ...limits } })
  for (let i = 0; i < 10; i++) await door.post(...Array.from({ length: LARGE.count / 10 }, () => LARGE.body))
  const my = await door.client()
  my.socket.pause()
  const { credit_bytes } = LARGE
  my.send({ type: 'subscribe', sub: 's', queue: 'q', credit: LARGE.count, credit_bytes, timeout: 86_400 })
  return { ...door, my }
}

test('end.8: of a reader that stops, the server keeps no more than its budget, and the rest is for others', async () => {
  const { my, client, door } = await aStoppedReader({ slowMilliseconds: 300_000 })
  await until(() => door.waitingBytes() > bufferBytes / 2)
  const other = await client()
  await other.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  const [theirs] = await other.messages(1)
  expect(door.waitingBytes()).toBeLessThanOrEqual(bufferBytes)
  other.socket.terminate()
  my.socket.resume()
  const held = await my.messages(LARGE.count)
  expect(new Set(held.map(({ id }) => id)).size).toBe(LARGE.count)
  expect(held.find(({ id }) => id === theirs!['id'])).toMatchObject({ reserved_count: 2 })
})

test('end.9: 4413 for a reader that stays behind, and what it held is free', async () => {
  const { my, metrics, on } = await aStoppedReader({ slowMilliseconds: 500, heartbeatSeconds: 1 })
  const alive = setInterval(() => my.send({ type: 'pong' }), 100)
  await until(async () => (await metrics.registry.metrics()).includes('weldmq_stream_closes_total{code="4413"} 1'))
  clearInterval(alive)
  const free = new Set<number>()
  const reserve = async () => valueOf(await stream.core.reserveMessages({ ...on, count: 100, waitSeconds: 20 }))
  while (free.size < LARGE.count) for (const { id } of await reserve()) free.add(id)
})

test('end.10: somebody who sends and does not read what is answered is not read for long', async () => {
  const { client, door } = await stream.aDoor({ limits: { bufferBytes: 20_000, slowMilliseconds: 300_000 } })
  const my = await client()
  my.socket.pause()
  const t = 'x'.repeat(10_000)
  for (let i = 0; i < 2000; i++) my.send({ type: 'ping', t })
  // Ten pings more than there is room for may have been read with the one that was too much.
  await until(() => door.waitingBytes() > 20_000)
  expect(door.waitingBytes()).toBeLessThan(20_000 + 70_000)
  my.socket.resume()
  for (let i = 0; i < 2000; i++) await my.take('pong')
})
