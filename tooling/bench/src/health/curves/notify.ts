import { whole } from '../../report/units.ts'
import { makeQueues } from '../database/fill.ts'
import { sampleNotifyLocks } from '../database/sample-notify-locks.ts'
import { bar } from './bar.ts'
import { type MakesCurve, overTime } from './curve.ts'

/** Many commits per second, each of which somebody on another gateway waits for. */
export const notify: MakesCurve = {
  name: 'notify',
  async run(bench) {
    const { sql, project } = bench
    const queues = 100
    const posting = await bench.startWorker({ coalesce: false })
    const waiting = await bench.startWorker()
    await makeQueues(sql, { project, prefix: 'notify', count: queues })
    const seconds = bench.quick ? 6 : 30
    const load = { prefix: 'notify', queues, seconds, bucketSeconds: seconds / 10 } as const
    await posting.run({ ...load, does: 'post', callers: 64, seconds: 1 })
    const stop = new AbortController()
    const locks = sampleNotifyLocks(sql, stop.signal)
    const taken = waiting.run({ ...load, does: 'take', callers: 64 })
    const posted = await posting.run({ ...load, does: 'post', callers: 64 })
    stop.abort()
    const { samples, waiting: waits, commitsPerSecond } = await locks
    const took = await taken
    return {
      name: 'notify',
      says: `64 callers post without coalescing to ${queues} queues, for which 64 callers of another gateway wait.`,
      x: 'seconds',
      lines: [overTime('posts', posted), overTime('waiting reserves', took)],
      figures: [
        { says: 'commits/s', shown: whole(commitsPerSecond) },
        { says: 'samples in which a session waited for the notify lock', shown: `${waits} of ${samples}` },
      ],
      bars: [bar('sessions that wait for the notify lock while many commit', waits, (value) => value === 0, '')],
    }
  },
}
