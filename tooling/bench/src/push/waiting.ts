import { createLatencies } from '../load/latencies.ts'
import { type PushBench, makePushQueue } from './push-bench.ts'

const CLAIMED = 50
const PER_POST = 10_000

/** Milliseconds of a claim of 50 deliveries, its look for what is due included, while so many wait. */
export async function claimWhileWaiting(bench: PushBench, { waiting, claims }: { waiting: number; claims: number }) {
  const { core, project } = bench
  const queue = `waiting-${waiting}`
  await makePushQueue(bench, queue, ['http://127.0.0.1:9/'])
  for (let left = waiting; left > 0; left -= PER_POST) await bench.post(queue, Math.min(left, PER_POST))
  const latencies = createLatencies()
  for (let i = -20; i < claims; i++) {
    const began = performance.now()
    const due = (await core.pushing.due()).find((one) => one.project === project && one.queue === queue)
    if (!due) throw new Error('nothing is due')
    const claimed = await core.pushing.claim(due, new Map(due.receivers.map(({ id }) => [id, CLAIMED])))
    if (i >= 0) latencies.add(performance.now() - began)
    if (claimed.length !== CLAIMED) throw new Error(`claimed ${claimed.length}`)
    await core.pushing.record(claimed.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
    await bench.post(queue, CLAIMED) // as many wait as before
  }
  const [p50 = 0, p99 = 0] = latencies.percentiles(0.5, 0.99)
  return { p50, p99 }
}
