import { makeQueues } from '../database/fill.ts'
import type { LoadSpec } from '../load/load-spec.ts'
import { type MakesCurve, overTime } from './curve.ts'

/** A load for a while, beside the same without what is special about it, in turns. */
function beside(name: string, says: string, plain: Pick<LoadSpec, 'callers'>, special: Partial<LoadSpec>): MakesCurve {
  return {
    name,
    async run(bench) {
      const worker = await bench.startWorker()
      await makeQueues(bench.sql, { project: bench.project, prefix: 'plain', count: 1 })
      await makeQueues(bench.sql, { project: bench.project, prefix: 'special', count: 1 })
      const seconds = bench.quick ? 5 : 40
      const load: LoadSpec = {
        ...plain,
        prefix: 'plain',
        queues: 1,
        does: 'cycle',
        seconds,
        bucketSeconds: seconds / 20,
      }
      await worker.run({ ...load, seconds: 2 })
      const without = await worker.run(load)
      const withIt = await worker.run({ ...load, ...special, prefix: 'special' })
      return {
        name,
        says,
        x: 'seconds',
        lines: [overTime('plain', without), overTime(name, withIt)],
        figures: [],
        bars: [],
      }
    },
  }
}

export const lapsing = beside(
  'lapsing',
  '24 callers; 5 % of the reservations are left to lapse after a second and taken again.',
  { callers: 24 },
  { lapsing: 0.05 },
)

export const priorities = beside(
  'priorities',
  '64 callers post with one of ten priorities at random, which the queue has not met before.',
  { callers: 64 },
  { priorities: [0, 1, 5, 100, 1000, 1024, 5000, 65_536, 100_000, 4_294_967_295] },
)
