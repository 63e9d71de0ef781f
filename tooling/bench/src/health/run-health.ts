import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import postgres from 'postgres'
import { type BenchPostgres, startPostgres } from '../machine/postgres.ts'
import { makeTemporaryFolder } from '../machine/temporary-folder.ts'
import type { Curve, MakesCurve } from './curves/curve.ts'
import { type Activity, sampleActivity } from './database/sample-activity.ts'
import { type Worker, startWorker } from './load/start-worker.ts'

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
    say('starting Postgres')
    const server = await startPostgres(join(folder.path, 'data'))
    try {
      await server.ageLog(plan.quick ? 1000 : 4000)
      const curves: CurveRan[] = []
      for (const curve of plan.curves) {
        signal.throwIfAborted()
        say(curve.name)
        curves.push(await oneCurve(plan, curve, { server, folder: folder.path, say, signal }))
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

type Surroundings = { server: BenchPostgres; folder: string; say: (text: string) => void; signal: AbortSignal }

async function oneCurve(
  plan: HealthPlan,
  curve: MakesCurve,
  { server, folder, say, signal }: Surroundings,
): Promise<CurveRan> {
  const database = await server.createDatabase(`health_${curve.name}`)
  const sql = postgres({ ...database, max: 4, onnotice: () => {} })
  const project = randomBytes(12).toString('hex')
  const workers: Worker[] = []
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => {})
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
    return { ...ran, activity: await watched }
  } finally {
    over.abort()
    await Promise.all(workers.map((worker) => worker.stop()))
    await sql.end({ timeout: 5 })
  }
}
