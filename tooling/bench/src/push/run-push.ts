import { join } from 'node:path'
import { startPostgres } from '../machine/postgres.ts'
import { makeTemporaryFolder } from '../machine/temporary-folder.ts'
import { delivery } from './hanging.ts'
import { type PushBench, withPushBench } from './push-bench.ts'
import { throughput } from './throughput.ts'
import { claimWhileWaiting } from './waiting.ts'

type Milliseconds = { p50: number; p99: number }

export type PushFigures = {
  throughput: { perSecond: number; alone: number }
  answering: Milliseconds
  hanging: Milliseconds
  few: Milliseconds
  many: Milliseconds
  manyWaiting: number
}

export type PushPlan = { quick: boolean; profileDir?: string }

/** Measures all of it, each scenario on a database of its own; whatever it has started is gone afterwards. */
export async function runPush(
  { quick, profileDir }: PushPlan,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<PushFigures> {
  const nodeOptions = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`]
  const folder = await makeTemporaryFolder()
  try {
    say('starting Postgres')
    const server = await startPostgres(join(folder.path, 'data'))
    try {
      await server.ageLog(quick ? 1000 : 4000)
      let databases = 0
      const measure = async <T>(what: string, run: (bench: PushBench) => Promise<T>): Promise<T> => {
        signal.throwIfAborted()
        say(what)
        const name = `push_${++databases}`
        const result = await withPushBench(await server.createDatabase(name), nodeOptions, run)
        await server.dropDatabase(name)
        return result
      }
      const load = { seconds: quick ? 5 : 20, perSecond: 50 }
      const manyWaiting = quick ? 100_000 : 1_000_000
      const claims = quick ? 200 : 1000
      return {
        throughput: await measure('deliveries to one subscriber', (bench) =>
          throughput(bench, quick ? 20_000 : 100_000),
        ),
        answering: await measure('ten subscribers', (bench) => delivery(bench, { ...load, hangs: false })),
        hanging: await measure('ten subscribers, one hangs', (bench) => delivery(bench, { ...load, hangs: true })),
        few: await measure('claims, 1,000 wait', (bench) => claimWhileWaiting(bench, { waiting: 1000, claims })),
        many: await measure(`claims, ${manyWaiting} wait`, (bench) =>
          claimWhileWaiting(bench, { waiting: manyWaiting, claims }),
        ),
        manyWaiting,
      }
    } finally {
      say('stopping')
      await server.stop()
    }
  } finally {
    await folder.remove()
  }
}
