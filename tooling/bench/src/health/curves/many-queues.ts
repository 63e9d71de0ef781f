import { makeQueues } from '../database/fill.ts'
import { type MakesCurve, overTime } from './curve.ts'

/** Every caller goes to another queue each time, so that hardly two ever share a statement. */
export const manyQueues: MakesCurve = {
  name: 'many-queues',
  async run(bench) {
    const count = bench.quick ? 1000 : 10_000
    const worker = await bench.startWorker()
    await makeQueues(bench.sql, { project: bench.project, prefix: 'many', count })
    const seconds = bench.quick ? 8 : 60
    const load = { callers: 64, does: 'cycle', seconds, bucketSeconds: seconds / 20 } as const
    const many = await worker.run({ ...load, prefix: 'many', queues: count })
    const ten = await worker.run({ ...load, prefix: 'many', queues: 10, seconds: seconds / 4 })
    const one = await worker.run({ ...load, prefix: 'many', queues: 1, seconds: seconds / 4 })
    return {
      name: 'many-queues',
      says: `64 callers cycle, each time in one of ${count.toLocaleString('en')} queues; then in ten, then in one.`,
      x: 'seconds',
      lines: [
        overTime(`${count.toLocaleString('en')} queues`, many),
        overTime('ten queues', ten),
        overTime('one queue', one),
      ],
      figures: [],
      bars: [],
    }
  },
}
