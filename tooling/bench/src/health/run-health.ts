import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { type BenchPostgres, startPostgres } from '../machine/postgres.ts'
import { makeTemporaryFolder } from '../machine/temporary-folder.ts'
import type { Curve, MakesCurve } from './curves/curve.ts'
import { type Activity, sampleActivity } from './database/sample-activity.ts'
import { type Worker, startWorker } from './load/start-worker.ts'

const large = new Set(['backlog', 'neighbour'])
/** 4 for the largest curve, and some to spare; the log of changes comes on top. */
const ROOM_GIGABYTES = 6
/** What the product's server keeps of the log of changes: a tenth of the disk, and no more than this. */
const LOG_GIGABYTES = 16
const TELL_EVERY_MILLISECONDS = 60_000

export type HealthPlan = { curves: MakesCurve[]; quick: boolean; heldSeconds: number }

/** A curve, and what the product's sessions were seen doing meanwhile. */
export type CurveRan = Curve & { activity: Activity[] }

export type HealthRan = { curves: CurveRan[]; postgresVersion: string }

/**
 * Measures one curve after the other, each on a database of its own. Everything it has started is stopped, and every
 * file removed, however it ends; aborting the signal ends it early.
 */
export async function runHealth(
  plan: HealthPlan,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<HealthRan> {
  const folder = await makeTemporaryFolder()
  try {
    if (!plan.quick && plan.curves.some(({ name }) => large.has(name))) await demandRoom(folder.path)
    say('starting Postgres')
    const server = await startPostgres(join(folder.path, 'data'))
    try {
      await server.ageLog(plan.quick ? 1000 : 4000)
      const curves: CurveRan[] = []
      for (const curve of plan.curves) {
        signal.throwIfAborted()
        curves.push(await toldOf(curve, say, () => oneCurve(plan, curve, { server, folder: folder.path, say, signal })))
      }
      return { curves, postgresVersion: server.version }
    } finally {
      say('stopping')
      await server.stop()
    }
  } finally {
    await folder.remove()
  }
}

/** The largest curve has 11 million rows and their indexes, beside the log of changes. */
async function demandRoom(folder: string): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(folder)
  const gigabytes = (count: number) => Math.floor((count * bsize) / 1_000_000_000)
  const needed = ROOM_GIGABYTES + Math.min(LOG_GIGABYTES, gigabytes(blocks) / 10)
  if (gigabytes(bavail) >= needed) return
  throw new Error(
    `There are ${gigabytes(bavail)} GB free in ${folder}, and the full form needs ${Math.ceil(needed)}: use --quick, or name another folder by TMPDIR.`,
  )
}

/** Says when a curve begins, every minute that it goes on, and how long it took. */
async function toldOf<T>(curve: MakesCurve, say: (text: string) => void, run: () => Promise<T>): Promise<T> {
  say(curve.name)
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 1000)
  const still = setInterval(() => say(`${curve.name}: under way for ${seconds()} s`), TELL_EVERY_MILLISECONDS)
  try {
    const ran = await run()
    say(`${curve.name}: took ${seconds()} s`)
    return ran
  } finally {
    clearInterval(still)
  }
}

type Surroundings = { server: BenchPostgres; folder: string; say: (text: string) => void; signal: AbortSignal }

async function oneCurve(
  plan: HealthPlan,
  curve: MakesCurve,
  { server, folder, say, signal }: Surroundings,
): Promise<CurveRan> {
  const name = `health_${curve.name}`
  const database = await server.createDatabase(name)
  const sql = postgres({ ...database, max: 4, onnotice: () => {} })
  const project = randomBytes(12).toString('hex')
  const workers: Worker[] = []
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => {})
  let result: CurveRan
  try {
    const run = curve.run({
      quick: plan.quick,
      heldSeconds: plan.heldSeconds,
      database,
      sql,
      project,
      folder,
      say,
      async startWorker(options) {
        const worker = await startWorker({ database, project, ...options })
        workers.push(worker)
        return worker
      },
    })
    const watched = sampleActivity(sql, over.signal)
    watched.catch(() => {})
    const ran = await Promise.race([run, aborted])
    over.abort()
    result = { ...ran, activity: await watched }
  } finally {
    over.abort()
    await Promise.all(workers.map((worker) => worker.stop()))
    await sql.end({ timeout: 5 })
  }
  // Its rows would take the disk's room, and the server's time to clean up, from the curves that follow.
  await server.dropDatabase(name)
  return result
}
