import { join } from 'node:path'
import type { StreamMessage } from '@weldmq/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { clientOf } from './client.ts'
import { aDatabase, aFolder, aGateway, adminToken, projectId } from './gateway.ts'
import { aGatewayProcess } from './gateway-process.ts'

// What a stream of packages/client goes through when its gateway goes away, and comes back at the same address.
const database = await aDatabase()

const listenAgain = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port), loopback: true })

test(
  'kill -9 of the gateway under load: nothing that was acknowledged is lost, and keyed posts are stored once',
  { timeout: 120_000 },
  async () => {
    const settings = {
      WELDMQ_DATA_DIR: join(await aFolder(), 'data'),
      WELDMQ_PROJECT_ID: projectId,
      WELDMQ_TOKEN: adminToken,
      WELDMQ_BEANSTALK_LISTEN: 'off',
      WELDMQ_LOG: 'warn',
    }
    const first = await aGatewayProcess(settings, adminToken)
    const weldmq = clientOf(first)
    const queue = weldmq.queue('jobs')
    await queue.create()
    const connections: string[] = []
    const stream = weldmq.stream({
      onConnection: (state) => void connections.push(state),
      onError: () => {},
    })
    onTestFinished(() => stream.close({ withinSeconds: 0 }))

    const handled = new Set<string>()
    stream.subscribe('jobs', { credit: 50, timeout: 2, releaseDelay: 0 }, async ({ body }) => void handled.add(body))
    const posted: string[] = []
    let isEnough = false
    async function postOn(poster: number) {
      for (let i = 0; !isEnough; i++) {
        const body = `${poster}-${i}`
        await stream.post('jobs', body, { idempotencyKey: body })
        posted.push(body)
      }
    }
    const posting = Promise.all([0, 1, 2, 3].map(postOn))

    await vi.waitFor(() => expect(handled.size).toBeGreaterThan(200), 20_000)
    first.kill('SIGKILL')
    await first.ended
    const before = posted.length
    const { host, port } = listenAgain(first.url)
    await aGatewayProcess({ ...settings, WELDMQ_LISTEN: `${host}:${port}` }, adminToken)
    await vi.waitFor(() => expect(posted.length).toBeGreaterThan(before + 200), 30_000)
    isEnough = true
    await posting

    await vi.waitFor(() => expect(posted.filter((body) => !handled.has(body))).toEqual([]), 20_000)
    await vi.waitFor(async () => expect((await queue.info()).size).toBe(0), 20_000)
    expect((await queue.info()).totalMessages).toBe(posted.length)
    // As often as it likes it has failed to connect meanwhile.
    expect(connections.filter((state) => state !== 'failed')).toEqual(['open', 'lost', 'open'])
  },
)

test('a gateway that is going lets handlers end; the stream goes on with the next one', async () => {
  const first = await aGateway(database)
  const weldmq = clientOf(first)
  const queue = weldmq.queue('going')
  await queue.create()
  const states: string[] = []
  const stream = weldmq.stream({ onConnection: (state) => void (state !== 'failed' && states.push(state)) })
  onTestFinished(() => stream.close({ withinSeconds: 0 }))

  const begun: StreamMessage[] = []
  const ends: (() => void)[] = []
  stream.subscribe('going', { credit: 3, concurrency: 1 }, async (message) => {
    begun.push(message)
    if (begun.length === 1) await new Promise<void>((resolve) => ends.push(resolve))
  })
  await queue.post(['1', '2', '3', '4'])
  await vi.waitFor(() => expect(begun).toHaveLength(1))
  const stopped = first.stop()
  // It says so, and what was not begun goes back; then the handler ends.
  await vi.waitFor(() => expect(ends).toHaveLength(1))
  ends[0]!()
  await stopped
  expect(begun[0]!.signal.aborted).toBe(false)

  await aGateway(database, { listen: listenAgain(first.url) })
  await vi.waitFor(async () => expect((await queue.info()).size).toBe(0), 20_000)
  expect(begun.map(({ body }) => body).toSorted()).toEqual(['1', '2', '3', '4'])
  expect(begun.map(({ reservedCount }) => reservedCount).at(0)).toBe(1)
  expect(states).toEqual(['open', 'lost', 'open'])
})

test('work that goes on while the connection is lost is told, and its end is said on the next one', async () => {
  const first = await aGateway(database)
  const weldmq = clientOf(first)
  const queue = weldmq.queue('broken')
  await queue.create()
  const stream = weldmq.stream({ onError: () => {} })
  onTestFinished(() => stream.close({ withinSeconds: 0 }))

  const begun: StreamMessage[] = []
  let end: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  stream.subscribe('broken', { timeout: 60 }, async (message) => {
    begun.push(message)
    await ended
  })
  await queue.post('long')
  await vi.waitFor(() => expect(begun).toHaveLength(1))
  await first.stop() // after a few seconds it waits no longer for us
  await vi.waitFor(() => expect(begun[0]!.signal.aborted).toBe(true))
  expect(begun[0]!.signal.reason).toMatchObject({ name: 'WeldmqError', code: 'lost', temporary: true })

  await aGateway(database, { listen: listenAgain(first.url) })
  await vi.waitFor(() => expect(begun).toHaveLength(2), 20_000)
  end!()
  await vi.waitFor(async () => expect((await queue.info()).size).toBe(0), 20_000)
})

test('posts wait for a gateway, unless they are given up', async () => {
  const first = await aGateway(database)
  const weldmq = clientOf(first)
  const stream = weldmq.stream()
  onTestFinished(() => stream.close({ withinSeconds: 0 }))
  await stream.post('waiting', 'a')
  await first.stop()
  const abort = new AbortController()
  const given = stream.post('waiting', 'given up', { signal: abort.signal })
  const posting = stream.post('waiting', 'b')
  abort.abort()
  await expect(given).rejects.toMatchObject({ name: 'AbortError' })
  await aGateway(database, { listen: listenAgain(first.url) })
  await posting
  expect((await weldmq.queue('waiting').peek({ count: 9 })).map(({ body }) => body)).toEqual(['a', 'b'])
})
