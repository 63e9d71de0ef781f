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
  /** From post to arrival; one of each round. */
  delivery: { answering: Milliseconds[]; hanging: Milliseconds[] }
  /** Of a claim of 50. */
  claim: { few: Milliseconds; many: Milliseconds; waiting: number }
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
      const count = quick ? 20_000 : 100_000
      const figures = await measure('deliveries to one subscriber', (bench) => throughput(bench, count))

      // Longer than a hanging request lasts. By turns, so that a slow minute of the machine meets both.
      const load = { seconds: quick ? 5 : 15, perSecond: 50 }
      const answering: Milliseconds[] = []
      const hanging: Milliseconds[] = []
      for (let round = 0; round < (quick ? 1 : 5); round++) {
        answering.push(await measure('ten subscribers', (bench) => delivery(bench, { ...load, hangs: false })))
        hanging.push(await measure('ten subscribers, one hangs', (bench) => delivery(bench, { ...load, hangs: true })))
      }

      const waiting = quick ? 100_000 : 1_000_000
      const claims = quick ? 200 : 1000
      const claim = await measure(`claims while ${waiting} wait`, (bench) =>
        claimWhileWaiting(bench, { many: waiting, claims }),
      )
      return { throughput: figures, delivery: { answering, hanging }, claim: { ...claim, waiting } }
    } finally {
      say('stopping')
      await server.stop()
    }
  } finally {
    await folder.remove()
  }
}
