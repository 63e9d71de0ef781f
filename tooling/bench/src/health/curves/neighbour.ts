import { whole } from '../../report/units.ts'
import { fill, makeQueues } from '../database/fill.ts'
import type { Bucket, LoadSpec } from '../load/load-spec.ts'
import { bar } from './bar.ts'
import { type MakesCurve, overTime } from './curve.ts'
import { medianBucket } from './median.ts'

/**
 * Small queues at work through one gateway, while another gateway works on a queue in which much or little stands:
 * in turns, so that all that differs is the size of the other queue.
 */
export const neighbour: MakesCurve = {
  name: 'neighbour',
  async run(bench) {
    const { sql, project } = bench
    const standing = bench.quick ? 1_000_000 : 10_000_000
    const [ours, theirs] = [await bench.startWorker(), await bench.startWorker()]
    await makeQueues(sql, { project, prefix: 'ours', count: 8 })
    for (const [prefix, count] of [
      ['little', 10_000],
      ['much', standing],
    ] as const) {
      await makeQueues(sql, { project, prefix, count: 1 })
      await fill(sql, { project, queue: `${prefix}-0`, count, with: 'ready' })
    }
    const seconds = bench.quick ? 4 : 10
    const load = { does: 'cycle', seconds, bucketSeconds: 1 } as const
    const oursLoad: LoadSpec = { ...load, prefix: 'ours', queues: 8, callers: 16, perSecond: 400 }
    const beside = async (prefix: string) => {
      const theirsDone = theirs.run({ ...load, prefix, queues: 1, callers: 16, perSecond: 2000 })
      const [, ...rest] = await ours.run(oursLoad)
      await theirsDone
      return rest
    }
    const little: Bucket[] = []
    const much: Bucket[] = []
    await beside('little')
    for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
      little.push(...(await beside('little')))
      much.push(...(await beside('much')))
    }
    const ratio = medianBucket(much).p99 / medianBucket(little).p99
    return {
      name: 'neighbour',
      says: `400 cycles/s in eight small queues, beside 2,000/s in one queue with ${whole(standing)} or 10,000 messages.`,
      x: 'seconds',
      lines: [overTime('beside 10,000', inOrder(little)), overTime(`beside ${whole(standing)}`, inOrder(much))],
      figures: [],
      bars: [
        bar(`p99 beside ${whole(standing)} messages: at most 1.2 times`, ratio, (value) => value <= 1.2, ' times'),
      ],
    }
  },
}

/** Buckets of several runs, as if these had followed each other. */
const inOrder = (buckets: Bucket[]) => buckets.map((bucket, i) => ({ ...bucket, at: i + 1 }))
