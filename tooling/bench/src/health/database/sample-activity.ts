import { setTimeout as pause } from 'node:timers/promises'
import type { Sql } from 'postgres'

/** What the product's sessions were seen doing: how many of them on average, and what they waited for. */
export type Activity = { statement: string; waitingFor: string; sessions: number }

const EVERY_MILLISECONDS = 25
const MOST = 6
const SHOWN_CHARACTERS = 70

/** What the statements that matter begin with. */
const names: [string, RegExp][] = [
  ['post', /^with s as materialized \( select prios, cur, message_expiration/],
  ['reserve', /^with q as materialized \( select prios, marks, low, cur, message/],
  ['delete', /^with d as \( delete from weldmq\.messages where ctid/],
  ['due', /^with c as materialized \(select array\( select ctid from weldmq/],
  ['look', /^select q\.cur, q\.prios/],
  ['fold', /^with q as \(select queue_id from unnest/],
]

/** Looks at the sessions of the product until told to stop; the most frequent first. */
export async function sampleActivity(sql: Sql, stop: AbortSignal): Promise<Activity[]> {
  const seen = new Map<string, number>()
  let samples = 0
  while (!stop.aborted) {
    const rows = await sql<{ name: string; query: string; wait: string }[]>`
      select application_name as name, left(regexp_replace(query, '\\s+', ' ', 'g'), ${SHOWN_CHARACTERS}) as query,
             coalesce(wait_event_type || '/' || wait_event, 'cpu') as wait
        from pg_stat_activity
       where datname = current_database() and application_name like 'weldmq%' and state = 'active'`
    samples++
    for (const { name, query, wait } of rows) {
      const known = names.find(([, begins]) => begins.test(query.trim()))?.[0]
      const key = JSON.stringify([known ?? `${name}: ${query.trim()}`, wait])
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    await pause(EVERY_MILLISECONDS)
  }
  return [...seen]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST)
    .map(([key, times]) => {
      const [statement, waitingFor] = JSON.parse(key) as [string, string]
      return { statement, waitingFor, sessions: times / samples }
    })
}
