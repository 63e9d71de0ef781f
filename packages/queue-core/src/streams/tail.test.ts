import { expect, test, vi } from 'vitest'
import { aCore, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import type { Receiver } from './stream.ts'

const a = await aCore()
const tailed = { mode: 'tail' as const, credit: 10, creditBytes: 1000, batch: 100, timeoutSeconds: 60 }

const aReceiver = () => {
  const ended = vi.fn<Receiver['ended']>()
  const receiver: Receiver = {
    room: () => 1_000_000,
    pack: ({ body }) => body.toString(),
    messages: () => {},
    lost: () => {},
    ended,
    stuck: () => {},
  }
  return { receiver, ended }
}

test('a tail of a queue that another gateway has deleted is refused, and nothing is told to it', async () => {
  const there = await a.another()
  const queue = await aQueue(a, { settings: {} })
  await queue.post('so that this core knows it')
  valueOf(await there.deleteQueue(queue.on))
  const { receiver, ended } = aReceiver()
  const stream = a.core.openStream(queue.on)
  expect(await stream.subscribe({ ...tailed, queue: queue.on.queue }, receiver)).toEqual(refused('queue_not_found'))
  expect(ended).not.toHaveBeenCalled()
})

test('a tail that could not begin is none: it is not told when its queue goes', async () => {
  const queue = await aQueue(a, { settings: {} })
  const [failing, fine] = [aReceiver(), aReceiver()]
  const stream = a.core.openStream(queue.on)
  await a.sql`alter table weldmq.counter_base rename to counter_base_away`
  await expect(stream.subscribe({ ...tailed, queue: queue.on.queue }, failing.receiver)).rejects.toThrow('counter_base')
  await a.sql`alter table weldmq.counter_base_away rename to counter_base`
  const consuming = { ...tailed, mode: 'consume' as const, queue: queue.on.queue }
  valueOf(await stream.subscribe(consuming, fine.receiver))
  valueOf(await a.core.deleteQueue(queue.on))
  await vi.waitFor(() => expect(fine.ended).toHaveBeenCalledWith('queue_deleted'), 20_000)
  // Those of one queue are told in one turn, in the order in which they came.
  expect(failing.ended).not.toHaveBeenCalled()
})
