import { setTimeout as pause } from 'node:timers/promises'
import { makeQueues } from '../database/fill.ts'
import { holdTransaction } from '../database/hold-transaction.ts'
import type { LoadSpec } from '../load/load-spec.ts'
import { bar } from './bar.ts'
import { type MakesCurve, overTime } from './curve.ts'
import { medianBucket } from './median.ts'

/** Load for a while, then the same while a transaction is held open, then what is left is taken away. */
function held(name: string, says: string, load: Pick<LoadSpec, 'callers' | 'perSecond' | 'lapsing'>): MakesCurve {
  return {
    name,
    async run(bench) {
      const worker = await bench.startWorker()
      await makeQueues(bench.sql, { project: bench.project, prefix: 'held', count: 1 })
      const bucketSeconds = Math.max(1, bench.heldSeconds / 60)
      const spec: LoadSpec = { prefix: 'held', queues: 1, does: 'cycle', seconds: 5, bucketSeconds, ...load }
      await worker.run(spec)
      bench.say(`${name}: a transaction is open for ${bench.heldSeconds} s`)
      const transaction = await holdTransaction(bench.database)
      const during = await worker.run({ ...spec, seconds: bench.heldSeconds })
      await transaction.end()
      const after = await worker.run({ ...spec, seconds: bench.quick ? 5 : 10, bucketSeconds: 1 })
      const drained = await worker.run({
        ...spec,
        does: 'drain',
        seconds: 60,
        bucketSeconds: 0.5,
        perSecond: 0,
        lapsing: 0,
      })
      const last = after.at(-1)!.at
      const emptyAfter = last + drained.at(-1)!.at
      const clean = await deadRowsGone(bench.sql, bench.quick ? 10 : 60)

      const window = Math.max(1, Math.round(during.length / 10))
      const early = medianBucket(during.slice(0, window))
      const late = medianBucket(during.slice(-window))
      const left = drained.at(-1)!.backlog
      return {
        name,
        says,
        x: 'seconds',
        lines: [overTime('held open', during), overTime('after it has ended', after, during.at(-1)!.at)],
        figures: [
          {
            says: 'first and last tenth, cycles/s',
            shown: `${early.perSecond.toFixed(0)} and ${late.perSecond.toFixed(0)}`,
          },
          { says: 'p99 of the first and last tenth', shown: `${early.p99.toFixed(1)} and ${late.p99.toFixed(1)} ms` },
          {
            says: 'processor time in Postgres per cycle, first and last tenth',
            shown: `${early.databaseCpuMicroseconds.toFixed(0)} and ${late.databaseCpuMicroseconds.toFixed(0)} µs`,
          },
          {
            says: 'backlog when it ended, and at most',
            shown: `${during.at(-1)!.backlog} and ${Math.max(...during.map((b) => b.backlog))}`,
          },
          { says: 'dead rows are removed after it ended, at most', shown: `${(emptyAfter + clean).toFixed(0)} s` },
        ],
        bars: [
          bar(
            'throughput at the end of a held transaction: at least 0.8 of the beginning',
            late.perSecond / early.perSecond,
            (ratio) => ratio >= 0.8,
            ' times',
          ),
          bar(
            'backlog is 0 within 60 s after it ended',
            left > 0 ? Infinity : emptyAfter,
            (seconds) => seconds <= 60,
            ' s',
          ),
        ],
      }
    },
  }
}

/** Seconds until the server has cleaned up, in steps of a second; infinite when it took longer than we look. */
async function deadRowsGone(sql: Parameters<typeof makeQueues>[0], most: number): Promise<number> {
  for (let seconds = 0; seconds < most; seconds++) {
    const [row] = await sql<{ dead: string }[]>`
      select n_dead_tup as dead from pg_stat_user_tables where schemaname = 'weldmq' and relname = 'messages'`
    if (Number(row?.dead) < 20_000) return seconds
    await pause(1000)
  }
  return Infinity
}

export const heldFull = held('held-full', '64 callers cycle as fast as they can while a transaction is held open.', {
  callers: 64,
})

export const heldPaced = held('held-500', '500 cycles/s by 16 callers while a transaction is held open.', {
  callers: 16,
  perSecond: 500,
})

export const heldLapsing = held(
  'held-lapsing',
  '24 callers, 5 % of the reservations lapse, while a transaction is held open.',
  {
    callers: 24,
    lapsing: 0.05,
  },
)
