import { expect, test } from 'vitest'
import { aCore, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const other = await a.another()

test('G11 a wait for a queue that another gateway makes gets its first message', async () => {
  const q = await aQueue(a)
  const waiting = a.core.reserveMessages({ ...q.on, count: 1, waitSeconds: 20, awaitsQueue: true })
  await q.through(other).post('work')
  expect(valueOf(await waiting)).toMatchObject([{ body: Buffer.from('work') }])
})

test('its time may run out, its caller may leave, its gateway may stop; no queue is made', async () => {
  const q = await aQueue(a)
  const reserve = (more: object) => a.core.reserveMessages({ ...q.on, count: 1, awaitsQueue: true, ...more })
  const gone = new AbortController()
  const [late, left] = [reserve({ waitSeconds: 1 }), reserve({ waitSeconds: 20, signal: gone.signal })]
  gone.abort()
  expect(await left).toEqual(refused('queue_not_found'))
  expect(await late).toEqual(refused('queue_not_found'))
  expect(await reserve({})).toEqual(refused('queue_not_found'))

  const stopping = await a.another()
  const waiting = stopping.reserveMessages({ ...q.on, count: 1, waitSeconds: 20, awaitsQueue: true })
  stopping.drain()
  expect(await waiting).toEqual(refused('queue_not_found'))
  expect(await a.core.listQueues({ project: q.on.project })).toEqual([])
})

test('who does not await the queue is told at once', async () => {
  const q = await aQueue(a)
  expect(await a.core.reserveMessages({ ...q.on, count: 1, waitSeconds: 20 })).toEqual(refused('queue_not_found'))
})
