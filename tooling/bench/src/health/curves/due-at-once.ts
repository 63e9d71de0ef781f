import { whole } from '../../report/units.ts'
import { fill, makeQueues } from '../database/fill.ts'
import { type MakesCurve, overTime } from './curve.ts'

/** Very many delayed messages of one queue whose moment comes in the same second, while another queue is at work. */
export const dueAtOnce: MakesCurve = {
  name: 'due-at-once',
  async run(bench) {
    const { sql, project } = bench
    const count = bench.quick ? 100_000 : 1_000_000
    const worker = await bench.startWorker()
    await makeQueues(sql, { project, prefix: 'busy', count: 1 })
    await makeQueues(sql, { project, prefix: 'due', count: 1 })
    const load = { prefix: 'busy', queues: 1, callers: 16, does: 'cycle', bucketSeconds: 0.5 } as const
    const before = await worker.run({ ...load, seconds: 4 })
    await fill(sql, { project, queue: 'due-0', count, with: 'due at once' })
    const during = await worker.run({ ...load, seconds: bench.quick ? 15 : 40 })
    return {
      name: 'due-at-once',
      says: `16 callers cycle in one queue while ${whole(count)} messages of another become ready at one moment.`,
      x: 'seconds',
      lines: [overTime('before', before), overTime('while they become ready', during, before.at(-1)!.at)],
      figures: [{ says: 'slowest half second, cycles/s', shown: whole(Math.min(...during.map((b) => b.perSecond))) }],
      bars: [],
    }
  },
}
