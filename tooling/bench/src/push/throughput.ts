import { startAskedChild } from '../load/ask-child.ts'
import { type PushBench, makePushQueue } from './push-bench.ts'
import type { ToUndici } from './push-messages.ts'

const AT_ONCE = 50

/** Deliveries per second of a backlog to one subscriber on this machine, and requests per second of undici to the same. */
export async function throughput(bench: PushBench, count: number) {
  const { urls, reset, gather } = await bench.subscribers(1)
  const undici = await startAskedChild<ToUndici, number>(new URL('./undici-process.js', import.meta.url), {
    kind: 'open',
  })
  let alone: number
  try {
    await undici.say({ kind: 'send', url: urls[0]!, count: count / 4, atOnce: AT_ONCE })
    alone = await undici.say({ kind: 'send', url: urls[0]!, count, atOnce: AT_ONCE })
  } finally {
    await undici.stop()
  }
  await makePushQueue(bench, 'throughput', urls)
  for (let posted = 0; posted < count; posted += 1000) await bench.post('throughput', 1000)
  await reset()
  bench.startPusher()
  const { perSecond, arrived } = await gather(count, 120)
  if (arrived < count) throw new Error(`${arrived} of ${count} deliveries arrived`)
  return { perSecond, alone }
}
