import { createLatencies } from '../load/latencies.ts'
import { type PushBench, makePushQueue } from './push-bench.ts'

const CLAIMED = 50
const PER_POST = 10_000
const FEW = 1000
const WARM_UP = 20

/**
 * Milliseconds of a claim of 50 deliveries, its look for what is due included, in a queue where a thousand wait and in one
 * where `many` do, by turns: a slow moment of the machine meets both.
 */
export async function claimWhileWaiting(bench: PushBench, { many, claims }: { many: number; claims: number }) {
  const sizes = [FEW, many]
  const latencies = sizes.map(() => createLatencies())
  for (const [i, size] of sizes.entries()) {
    await makePushQueue(bench, `waiting-${i}`, ['http://127.0.0.1:9/'])
    for (let left = size; left > 0; left -= PER_POST) await bench.post(`waiting-${i}`, Math.min(left, PER_POST))
  }
  for (let claim = -WARM_UP; claim < claims; claim++) {
    for (const [i, one] of latencies.entries()) {
      const milliseconds = await claimOnce(bench, `waiting-${i}`)
      if (claim >= 0) one.add(milliseconds)
    }
  }
  const [few, lots] = latencies.map((one) => {
    const [p50 = 0, p99 = 0] = one.percentiles(0.5, 0.99)
    return { p50, p99 }
  })
  return { few: few!, many: lots! }
}

async function claimOnce(bench: PushBench, queue: string): Promise<number> {
  const { pushing } = bench.core
  const began = performance.now()
  const due = (await pushing.due()).find((one) => one.project === bench.project && one.queue === queue)
  if (!due) throw new Error(`nothing is due in ${queue}`)
  const claimed = await pushing.claim(due, new Map(due.receivers.map(({ id }) => [id, CLAIMED])))
  const took = performance.now() - began
  if (claimed.length !== CLAIMED) throw new Error(`${claimed.length} of ${CLAIMED} were claimed`)
  await pushing.record(claimed.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
  await bench.post(queue, CLAIMED) // as many wait as before
  return took
}
