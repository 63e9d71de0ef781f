import type { ConnectionOptions } from '@weldmq/embedded-postgres'
import type { Sql } from 'postgres'
import type { Bar } from '../../report/bars.ts'
import type { Bucket } from '../load/load-spec.ts'
import type { Worker } from '../load/start-worker.ts'

/** What a curve is measured with: a database of its own, and workers that are stopped when it ends. */
export type Bench = {
  /** Smaller sizes and shorter times. */
  quick: boolean
  /** How long a transaction is held open. */
  heldSeconds: number
  database: ConnectionOptions
  /** For what stands around the load: filling, sampling. */
  sql: Sql
  project: string
  /** A folder for what has to lie somewhere; removed afterwards. */
  folder: string
  startWorker(options?: { coalesce: boolean }): Promise<Worker>
  say(text: string): void
}

export type Point = { x: number; bucket: Bucket }

export type Line = { label: string; points: Point[] }

/** One scenario as it came out. */
export type Curve = {
  name: string
  /** One sentence: what was done. */
  says: string
  x: 'seconds' | 'messages'
  lines: Line[]
  /** What does not lie on a line. */
  figures: { says: string; shown: string }[]
  bars: Bar[]
}

export type MakesCurve = { name: string; run(bench: Bench): Promise<Curve> }

export const overTime = (label: string, buckets: Bucket[], startsAt = 0): Line => ({
  label,
  points: buckets.map((bucket) => ({ x: startsAt + bucket.at, bucket })),
})
