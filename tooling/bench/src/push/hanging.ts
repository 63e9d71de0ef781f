import { setTimeout as pause } from 'node:timers/promises'
import { type PushBench, makePushQueue } from './push-bench.ts'

const SUBSCRIBERS = 10

/** Milliseconds from post to arrival at nine subscribers, with a tenth that answers or hangs. */
export async function delivery(bench: PushBench, { hangs, seconds, perSecond }: Load) {
  const { urls, reset, gather } = await bench.subscribers(SUBSCRIBERS, hangs ? 1 : 0)
  await makePushQueue(bench, 'delivery', urls)
  bench.startPusher()
  // The hanging one has all of its slots taken before anything is counted.
  await post(bench, { seconds: 3, perSecond })
  await pause(1000)
  await reset()
  await post(bench, { seconds, perSecond })
  const expected = Math.round(seconds * perSecond) * (hangs ? SUBSCRIBERS - 1 : SUBSCRIBERS)
  const gathered = await gather(expected, 30)
  if (gathered.arrived < expected) throw new Error(`${gathered.arrived} of ${expected} deliveries arrived`)
  return gathered
}

type Load = { hangs: boolean; seconds: number; perSecond: number }

async function post(bench: PushBench, { seconds, perSecond }: Omit<Load, 'hangs'>) {
  const began = performance.now()
  const posts: Promise<void>[] = []
  for (let i = 0; i < Math.round(seconds * perSecond); i++) {
    const wait = began + (i * 1000) / perSecond - performance.now()
    if (wait > 0.5) await pause(wait)
    posts.push(bench.post('delivery', 1))
  }
  await Promise.all(posts)
}
