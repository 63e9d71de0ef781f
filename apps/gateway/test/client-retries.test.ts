import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { clientOf } from './client.ts'
import { aDatabase, aGateway } from './gateway.ts'

// What packages/client sends again, and what not, on a network that fails in a given way before or behind the gateway.
const gateway = await aGateway(await aDatabase())

/** Our own end of a connection: nobody listens there, and as long as it is open nobody else can. */
const connection = connect(Number(new URL(gateway.beanstalk[0]!.replace(/^/, 'tcp://')).port), '127.0.0.1')
await once(connection, 'connect')
const deafPort = connection.localPort
afterAll(() => connection.destroy())

type Failure = 'nothing stored' | 'cut after it was done' | 'bad gateway' | 'refused'

/** A client whose first requests fail like that; the later ones come through. */
function failing(...failures: Failure[]) {
  let requests = 0
  const weldmq = clientOf(gateway, {
    async fetch(...request) {
      requests++
      const failure = failures.shift()
      if (failure === 'nothing stored') {
        return Response.json({ msg: 'Temporarily unavailable, nothing was stored' }, { status: 503 })
      }
      if (failure === 'bad gateway') return new Response('<h1>Bad gateway</h1>', { status: 502 })
      if (failure === 'refused') return fetch(`http://127.0.0.1:${deafPort}/`)
      const response = await fetch(...request)
      if (failure === undefined) return response
      await response.arrayBuffer()
      throw new TypeError('fetch failed')
    },
  })
  return { weldmq, requests: () => requests }
}

test('whatever is answered with "nothing was stored" is sent again', async () => {
  const { weldmq, requests } = failing('nothing stored', 'nothing stored')
  const queue = weldmq.queue('not-stored')
  await queue.post('once')
  expect(requests()).toBe(3)
  expect((await queue.info()).totalMessages).toBe(1)
})

test('so is what reached nobody', async () => {
  const { weldmq, requests } = failing('refused')
  await weldmq.listQueues()
  expect(requests()).toBe(2)
})

test('a post whose outcome is unknown is not sent again', async () => {
  const { weldmq, requests } = failing('cut after it was done')
  const queue = weldmq.queue('unknown')
  await expect(queue.post('once')).rejects.toMatchObject({ status: 0, temporary: true, nothingDone: false })
  expect(requests()).toBe(1)
  expect((await queue.info()).totalMessages).toBe(1)
})

test('with an idempotency key it is, and is stored once', async () => {
  const { weldmq, requests } = failing('cut after it was done', 'bad gateway')
  const queue = weldmq.queue('with-key')
  const ids = await queue.post(['a', 'b'], { idempotencyKey: 'order-17' })
  expect(requests()).toBe(3)
  expect((await queue.peek({ count: 10 })).map(({ id }) => id)).toEqual(ids)
  await expect(queue.post('other', { idempotencyKey: 'order-17' })).rejects.toMatchObject({ status: 422 })
})

test('a reserve whose outcome is unknown is not sent again', async () => {
  const { weldmq, requests } = failing('cut after it was done')
  const queue = weldmq.queue('reserve')
  await clientOf(gateway).queue('reserve').post('x')
  await expect(queue.reserve()).rejects.toMatchObject({ code: 'unreachable', temporary: true })
  expect(requests()).toBe(1)
})

test('retrying ends, with the last error', async () => {
  const { weldmq, requests } = failing(...Array<Failure>(9).fill('bad gateway'))
  await expect(weldmq.queue('q').info()).rejects.toMatchObject({
    status: 502,
    message: '502 that is no answer of WeldMQ',
  })
  expect(requests()).toBe(5)
})

test('an abort ends it too', async () => {
  const abort = new AbortController()
  const { weldmq } = failing(...Array<Failure>(9).fill('nothing stored'))
  const posting = weldmq.queue('aborted').post('x', { signal: abort.signal })
  abort.abort()
  await expect(posting).rejects.toMatchObject({ name: 'AbortError' })
})

test('no answer in time is an error that says so', async () => {
  const weldmq = clientOf(gateway, {
    timeoutMilliseconds: 20,
    retries: 0,
    fetch: (_url, init) =>
      new Promise((_, reject) => init!.signal!.addEventListener('abort', () => reject(new Error('x')))),
  })
  await expect(weldmq.queue('q').info()).rejects.toMatchObject({ code: 'timed_out', temporary: true })
})
