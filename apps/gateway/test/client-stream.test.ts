import type { StreamMessage } from '@weldmq/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { clientOf } from './client.ts'
import { aDatabase, aGateway } from './gateway.ts'

// The stream of packages/client on a real gateway.
const gateway = await aGateway(await aDatabase())
const weldmq = clientOf(gateway)

let queues = 0

/** A queue of its own for a test, and a stream that ends with it; what goes wrong without ending anything is kept. */
async function aStream(settings: { messageTimeout?: number } = {}) {
  const name = `stream-${queues++}`
  const queue = weldmq.queue(name)
  await queue.create(settings)
  const errors: unknown[] = []
  const stream = weldmq.stream({ onError: (error) => void errors.push(error) })
  onTestFinished(() => stream.close({ withinSeconds: 0 }))
  return { name, queue, stream, errors, size: async () => (await queue.info()).size }
}

/** A promise, and what settles it. */
function aGate() {
  let open: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}

test('what the handler returns from is deleted', async () => {
  const { name, queue, stream, errors, size } = await aStream()
  const bodies: string[] = []
  stream.subscribe(name, { credit: 2 }, async ({ body }) => void bodies.push(body))
  await queue.post(['1', '2', '3', '4', '5'])
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect(bodies.toSorted()).toEqual(['1', '2', '3', '4', '5'])
  expect(errors).toEqual([])
})

test('what it throws over is released, told, and comes again', async () => {
  const { name, queue, stream, errors, size } = await aStream()
  const seen: number[] = []
  stream.subscribe(name, ({ reservedCount }) => {
    seen.push(reservedCount)
    if (seen.length === 1) throw new Error('not today')
  })
  await queue.post('x')
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect(seen).toEqual([1, 2])
  expect(errors).toEqual([new Error('not today')])
})

test('long work is touched for as long as it takes', async () => {
  const { name, queue, stream, errors, size } = await aStream()
  const { opened, open } = aGate()
  const begun: StreamMessage[] = []
  stream.subscribe(name, { timeout: 12, credit: 5 }, async (message) => {
    begun.push(message)
    await opened
  })
  await queue.post('long')
  await vi.waitFor(() => expect(begun).toHaveLength(1))
  const first = begun[0]!.reservationId
  await vi.waitFor(() => expect(begun[0]!.reservationId).not.toBe(first))
  const second = begun[0]!.reservationId
  await vi.waitFor(() => expect(begun[0]!.reservationId).not.toBe(second))
  open()
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect(begun).toHaveLength(1)
  expect(errors).toEqual([])
})

test('without touching, work that takes too long loses its message, and is told', async () => {
  const { name, queue, stream, size } = await aStream()
  const reasons: unknown[] = []
  let begun = 0
  stream.subscribe(name, { timeout: 1, keep: 0 }, async ({ signal }) => {
    if (++begun > 1) return
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    reasons.push(signal.reason)
  })
  await queue.post('slow')
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect(reasons).toMatchObject([{ name: 'WeldmqError', code: 'lapsed' }])
})

test('a message that somebody else deletes is lost to its handler', async () => {
  const { name, queue, stream, errors } = await aStream()
  const begun: StreamMessage[] = []
  stream.subscribe(name, async (message) => {
    begun.push(message)
    await new Promise<void>((resolve) => message.signal.addEventListener('abort', () => resolve()))
  })
  await queue.post('x')
  await vi.waitFor(() => expect(begun).toHaveLength(1))
  await queue.clear()
  await vi.waitFor(() => expect(begun[0]!.signal.aborted).toBe(true))
  await vi.waitFor(() => expect(errors).toEqual([begun[0]!.signal.reason]))
})

test('slow handlers never have more than the credit, and run no more at once than they may', async () => {
  const { name, queue, stream, size } = await aStream()
  const { opened, open } = aGate()
  let running = 0
  let most = 0
  stream.subscribe(name, { credit: 5, concurrency: 3 }, async () => {
    most = Math.max(most, ++running)
    await opened
    running--
  })
  await queue.post(Array.from({ length: 20 }, (_, i) => `${i}`))
  await vi.waitFor(() => expect(running).toBe(3))
  // Five are reserved, two of them waiting here.
  await vi.waitFor(async () => expect(await queue.peek({ count: 100 })).toHaveLength(15))
  open()
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect(most).toBe(3)
})

test('a handler may say itself what becomes of its message', async () => {
  const { name, queue, stream, errors, size } = await aStream()
  stream.subscribe(name, async (message) => {
    if (message.body === 'later') await message.release({ delay: 600 })
    else if (message.body === 'aside') await message.bury()
    else await message.delete()
    await expect(message.delete()).rejects.toMatchObject({ code: 'over' })
  })
  await queue.post(['later', 'aside', 'done'])
  await vi.waitFor(async () => expect(await size()).toBe(2))
  await stream.close()
  expect(await queue.reserve({ count: 10 })).toEqual([])
  expect(errors).toEqual([])
})

test('messages come one by one, and only so many wait here', async () => {
  const { name, queue, stream, size } = await aStream()
  await queue.post(Array.from({ length: 12 }, (_, i) => `${i}`))
  const bodies: string[] = []
  for await (const message of stream.messages(name, { credit: 4 })) {
    bodies.push(message.body)
    expect(await queue.peek({ count: 100 })).toHaveLength(Math.max(0, 9 - bodies.length))
    await message.delete()
    if (bodies.length === 12) break
    // The next one has come before we look: the credit of the one that is deleted.
    await vi.waitFor(async () => expect(await queue.peek({ count: 100 })).toHaveLength(Math.max(0, 8 - bodies.length)))
  }
  expect(bodies).toEqual(Array.from({ length: 12 }, (_, i) => `${i}`))
  expect(await size()).toBe(0)
})

test('leaving the loop gives back what was not handed out', async () => {
  const { name, queue, stream } = await aStream()
  await queue.post(['1', '2', '3', '4'])
  for await (const message of stream.messages(name, { credit: 3 })) {
    await message.delete()
    break
  }
  await vi.waitFor(async () =>
    expect((await queue.peek({ count: 9 })).map(({ body }) => body)).toEqual(['2', '3', '4']),
  )
})

test('what was handed out when the loop was left goes back with the stream', async () => {
  const { name, queue, stream } = await aStream()
  await queue.post(['1', '2'])
  for await (const { body } of stream.messages(name, { credit: 2 })) {
    expect(body).toBe('1')
    break
  }
  await vi.waitFor(async () => expect((await queue.peek({ count: 9 })).map(({ body }) => body)).toEqual(['2']))
  await stream.close()
  await vi.waitFor(async () => expect(await queue.peek({ count: 9 })).toHaveLength(2))
})

test('a subscription that is closed at once takes nothing, and the stream goes on', async () => {
  const { name, queue, stream, errors, size } = await aStream()
  const taken: string[] = []
  const hasty = stream.subscribe(name, ({ body }) => void taken.push(`hasty ${body}`))
  await hasty.close()
  await queue.post('x')
  const again = stream.subscribe(name, ({ body }) => void taken.push(body))
  const closing = again.close() // on a connection that is there, before the server has answered
  stream.subscribe(name, ({ body }) => void taken.push(body))
  await closing
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect([taken, errors]).toEqual([['x'], []])
})

test('errors that nobody listens for are on the console', async () => {
  const { name, queue, size } = await aStream()
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => said.mockRestore())
  const stream = weldmq.stream()
  onTestFinished(() => stream.close({ withinSeconds: 0 }))
  let begun = 0
  stream.subscribe(name, { releaseDelay: 0 }, () => {
    if (++begun === 1) throw new Error('not today')
  })
  const id = await queue.post('x')
  await vi.waitFor(async () => expect(await size()).toBe(0))
  expect(said.mock.calls).toEqual([[`WeldMQ message ${id}:`, new Error('not today')]])
})

test('closing lets handlers end, takes nothing more, and then ends', async () => {
  const { name, queue, stream, errors, size } = await aStream()
  const { opened, open } = aGate()
  const begun: string[] = []
  const subscription = stream.subscribe(name, { credit: 3, concurrency: 2 }, async ({ body }) => {
    begun.push(body)
    await opened
  })
  await queue.post(['1', '2', '3', '4'])
  await vi.waitFor(() => expect(begun).toEqual(['1', '2']))
  const closed = stream.close()
  await vi.waitFor(async () => expect((await queue.peek({ count: 9 })).map(({ body }) => body)).toEqual(['3', '4']))
  open()
  await closed
  await subscription.ended
  expect([begun, await size(), errors]).toEqual([['1', '2'], 2, []])
  expect(() => stream.subscribe(name, () => {})).toThrow('The stream is closed')
})

test('closing waits for so long, and what is unfinished then goes back at once', async () => {
  const { name, queue, stream } = await aStream()
  const begun: StreamMessage[] = []
  stream.subscribe(name, async (message) => {
    begun.push(message)
    await new Promise(() => {})
  })
  await queue.post('stuck')
  await vi.waitFor(() => expect(begun).toHaveLength(1))
  await stream.close({ withinSeconds: 0 })
  expect(begun[0]!.signal.reason).toMatchObject({ code: 'closed' })
  await vi.waitFor(async () => expect(await queue.peek()).toHaveLength(1))
})

test('one subscription ends, the other goes on', async () => {
  const { name, queue, stream, size } = await aStream()
  const other = await aStream()
  const here: string[] = []
  const there: string[] = []
  const first = stream.subscribe(name, ({ body }) => void here.push(body))
  stream.subscribe(other.name, ({ body }) => void there.push(body))
  await queue.post('a')
  await vi.waitFor(async () => expect(await size()).toBe(0))
  await first.close()
  await first.ended
  await queue.post('b')
  await other.queue.post('c')
  await vi.waitFor(async () => expect(await other.size()).toBe(0))
  expect([here, there, await size()]).toEqual([['a'], ['c'], 1])
})

test('a tail sees what is posted, more of it than its credit, and reserves nothing', async () => {
  const { name, queue, stream, errors } = await aStream()
  const seen: string[] = []
  let missed = 0
  const tail = stream.tail(name, { credit: 3 }, async ({ body }, skipped) => {
    seen.push(body)
    missed += skipped
  })
  // It shows what comes after its first look, which nobody is told of.
  await vi.waitFor(async () => {
    await queue.post('knock')
    expect(seen).not.toEqual([])
  })
  const bodies = Array.from({ length: 30 }, (_, i) => `${i}`)
  await queue.post(bodies)
  await vi.waitFor(() => expect(seen).toContain('29'))
  expect(seen.filter((body) => body !== 'knock').length + missed).toBeGreaterThanOrEqual(30)
  expect((await queue.peek({ count: 100 })).length).toBe((await queue.info()).size)
  await tail.close()
  await tail.ended
  expect(errors).toEqual([])
})

test('a ticket opens a stream to one queue, once', async () => {
  const { name, queue, size } = await aStream()
  const { ticket, expiresInSeconds } = await weldmq.createTicket(name, { verbs: ['consume'] })
  expect(expiresInSeconds).toBe(60)
  const stream = clientOf(gateway, { token: 'none' }).stream({ ticket })
  onTestFinished(() => stream.close({ withinSeconds: 0 }))
  stream.subscribe(name, () => {})
  await queue.post('x')
  await vi.waitFor(async () => expect(await size()).toBe(0))
  await expect(stream.post(name, 'y')).rejects.toMatchObject({ code: 'forbidden', temporary: false })
  const again = clientOf(gateway, { token: 'none' }).stream({ ticket: async () => ticket })
  await expect(again.subscribe(name, () => {}).ended).rejects.toMatchObject({ status: 4401 })
})

test('a token may go in the address', async () => {
  const { name, size } = await aStream()
  const stream = weldmq.stream({ tokenInUrl: true })
  onTestFinished(() => stream.close({ withinSeconds: 0 }))
  await stream.post(name, 'x')
  expect(await size()).toBe(1)
})

test('posts go over the same connection, in order, more of them than its window', async () => {
  const { name, queue, stream } = await aStream()
  const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => stream.post(name, `${i}`)))
  expect(new Set(ids).size).toBe(200)
  const [one] = await stream.post(name, [{ body: 'urgent', priority: 0 }, 'x'], { idempotencyKey: 'key-1' })
  expect(await stream.post(name, [{ body: 'urgent', priority: 0 }, 'x'], { idempotencyKey: 'key-1' })).toContain(one)
  expect((await queue.peek()).map(({ id }) => id)).toEqual([one])
  expect((await queue.info()).size).toBe(202)
  await expect(stream.post(name, 'other', { idempotencyKey: 'key-1' })).rejects.toMatchObject({
    code: 'idempotency_key_reused',
    temporary: false,
  })
  await expect(stream.post(name, 'x'.repeat(2_000_000))).rejects.toMatchObject({ status: 413 })
})

test('a wrong token ends everything, with an error that retrying does not help', async () => {
  const stream = clientOf(gateway, { token: 'wrong' }).stream()
  const subscription = stream.subscribe('any', () => {})
  const posting = stream.post('any', 'x')
  const looping = stream.messages('any').next()
  const refused = { name: 'WeldmqError', status: 4401, temporary: false }
  await expect(subscription.ended).rejects.toMatchObject(refused)
  await expect(posting).rejects.toMatchObject(refused)
  await expect(looping).rejects.toMatchObject(refused)
  expect(() => stream.subscribe('any', () => {})).toThrow(expect.objectContaining(refused))
})

test('a queue that is missing, or goes away, ends its subscription only', async () => {
  const { name, queue, stream, size } = await aStream()
  const missing = { code: 'queue_not_found', temporary: false }
  await expect(stream.subscribe('no-such-queue', () => {}).ended).rejects.toMatchObject(missing)
  const doomed = await aStream()
  const subscription = stream.subscribe(doomed.name, () => {})
  stream.subscribe(name, () => {})
  await queue.post('x')
  await vi.waitFor(async () => expect(await size()).toBe(0))
  await doomed.queue.delete()
  await expect(subscription.ended).rejects.toMatchObject(missing)
})

test('a subscription that has ended may be closed all the same, and a loop left', async () => {
  const { name, queue, stream } = await aStream()
  const refused = stream.subscribe('no-such-queue', () => {})
  await expect(refused.ended).rejects.toMatchObject({ code: 'queue_not_found' })
  await refused.close()
  const begun = vi.fn<() => void>()
  const subscription = stream.subscribe(name, begun)
  await queue.post('x')
  await vi.waitFor(() => expect(begun).toHaveBeenCalled())
  await queue.delete()
  await expect(subscription.ended).rejects.toMatchObject({ code: 'queue_not_found' })
  await subscription.close()
})

test('a message that is no text may be passed on, by a call or by the stream', async () => {
  const { name, queue, stream } = await aStream()
  const bytes = { body: '/wD+', bodyEncoding: 'base64' as const }
  await queue.post(bytes)
  const [first] = await queue.reserve()
  expect(first).toMatchObject(bytes)
  await stream.post(name, { ...bytes, delay: 0 })
  await stream.post(name, first!)
  expect(await queue.reserve({ count: 5 })).toMatchObject([bytes, bytes])
})

test('a loop that is left just before the stream is closed is no error, and what it had not begun is back', async () => {
  const { name, queue, stream, errors } = await aStream()
  await queue.post(['1', '2', '3'])
  for await (const message of stream.messages(name, { credit: 3 })) {
    await message.delete()
    break
  }
  await stream.close()
  // One after the other, perhaps.
  const back: string[] = []
  while (back.length < 2) back.push(...(await queue.reserve({ count: 3, wait: 20 })).map(({ body }) => body))
  expect(back.toSorted()).toEqual(['2', '3'])
  expect(errors).toEqual([])
})
