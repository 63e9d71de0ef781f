import { whole } from '../../report/units.ts'
import { type Filling, fill, makeQueues } from '../database/fill.ts'
import type { Bucket } from '../load/load-spec.ts'
import { bar } from './bar.ts'
import type { Curve, MakesCurve } from './curve.ts'
import { medianBucket } from './median.ts'

/** Cycles in queues that hold more and more; the first size is what the others are held against. */
function overSize(name: string, says: string, filling: Filling, sizes: number[], quickSizes: number[]): MakesCurve {
  return {
    name,
    async run(bench) {
      const chosen = bench.quick ? quickSizes : sizes
      const { sql, project } = bench
      const worker = await bench.startWorker()
      for (const [i, count] of chosen.entries()) {
        bench.say(`${name}: ${whole(count)} messages`)
        await makeQueues(sql, { project, prefix: `q${i}`, count: 1 })
        if (count > 0) await fill(sql, { project, queue: `q${i}-0`, count, with: filling })
      }
      // All sizes once per round, so that a slow moment of the machine does not meet one of them alone.
      const measured = chosen.map((): Bucket[] => [])
      const seconds = bench.quick ? 3 : 5
      for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
        for (const [i, buckets] of measured.entries()) {
          const [, ...rest] = await worker.run({
            prefix: `q${i}`,
            queues: 1,
            callers: 64,
            does: 'cycle',
            seconds,
            bucketSeconds: 1,
          })
          buckets.push(...rest)
        }
      }
      const points = chosen.map((x, i) => ({ x, bucket: medianBucket(measured[i]!) }))
      return {
        name,
        says,
        x: 'messages',
        lines: [{ label: name, points }],
        figures: [],
        bars: sizeBars(filling, points),
      }
    },
  }
}

function sizeBars(filling: Filling, points: Curve['lines'][number]['points']) {
  const small = points.find(({ x }) => x === 10_000)
  const largest = points.at(-1)!
  if (filling !== 'ready' || !small) return []
  const says = `p99 of reserve with ${whole(largest.x)} ready: at most 1.3 times that with 10,000`
  return [bar(says, largest.bucket.reserveP99 / small.bucket.reserveP99, (ratio) => ratio <= 1.3, ' times')]
}

export const backlog = overSize(
  'backlog',
  '64 callers cycle at the front of a queue in which so many ready messages stand.',
  'ready',
  [1000, 10_000, 100_000, 1_000_000, 10_000_000],
  [1000, 10_000, 100_000, 1_000_000],
)

export const reserved = overSize(
  'reserved',
  '64 callers cycle behind so many messages that somebody holds.',
  'reserved',
  [0, 100_000, 1_000_000],
  [0, 100_000],
)

export const delayed = overSize(
  'delayed',
  '64 callers cycle in a queue in which so many messages become ready one after the other within ten minutes.',
  'delayed',
  [0, 100_000, 1_000_000],
  [0, 100_000],
)
