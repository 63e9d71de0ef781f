import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from 'postgres'

export type NotifyLocks = {
  samples: number
  /** Samples in which a session waited for the lock. */
  waiting: number
  /** Commits per second in this database, of every kind. */
  commitsPerSecond: number
}

/**
 * Looks again and again, until told to stop, whether a session waits for the lock that serialises the commits of all
 * transactions that notify (a lock on database 0 as a shared object).
 */
export async function sampleNotifyLocks(sql: Sql, stop: AbortSignal): Promise<NotifyLocks> {
  const commits = async () => {
    const [row] = await sql<{ n: string }[]>`
      select xact_commit as n from pg_stat_database where datname = current_database()`
    return Number(row!.n)
  }
  const before = await commits()
  const began = performance.now()
  let samples = 0
  let waiting = 0
  while (!stop.aborted) {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from pg_locks
       where locktype = 'object' and database = 0 and classid = 'pg_database'::regclass and objid = 0 and not granted`
    samples++
    if (row!.n > 0) waiting++
    await pause(5)
  }
  await pause(1100) // the counts of a session are published once a second
  const seconds = (performance.now() - began) / 1000
  return { samples, waiting, commitsPerSecond: ((await commits()) - before) / seconds }
}
