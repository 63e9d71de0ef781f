import { limits } from '../limits.ts'
import { OWED } from './due.sql.ts'
import { stopDue, unowe } from './ending.sql.ts'
import { type RecordParts, endAll } from './recording.ts'

/** Rows that one statement ends. */
const BATCH = 500
/** How long one look goes on with one queue: the deliveries of all others wait meanwhile. The next look does the rest. */
const TURN_MS = 100

/** Ends what is owed to subscribers that were removed (push.md M4). */
export const stopLanes = (parts: RecordParts, queueId: number, lanes: number[]): Promise<void> =>
  stop(parts, queueId, lanes, false)

/**
 * A push queue that was made a pull queue keeps its messages (contract v2 U7): what was owed is ready to be reserved,
 * also what some subscribers have had.
 */
export async function returnToLine(parts: RecordParts, queueId: number, lanes: number[]): Promise<void> {
  const over = performance.now() + TURN_MS
  for (let returned = BATCH; returned === BATCH && performance.now() < over;) {
    returned = (await unowe(parts.sql, queueId, BATCH))[0]!.returned
    if (returned > 0) parts.signals.ready(queueId, returned)
  }
  const started = lanes.filter((lane) => lane !== OWED)
  if (started.length > 0) await stop(parts, queueId, started, true)
}

async function stop({ sql, counters, signals }: RecordParts, queueId: number, lanes: number[], toLine: boolean) {
  const over = performance.now() + TURN_MS
  for (let stopped = BATCH; stopped === BATCH && performance.now() < over;) {
    stopped = await counters.count(
      queueId,
      (slot, seq) =>
        sql.begin(async (tx) => {
          const rows = await stopDue(tx, { queueId, lanes, limit: BATCH, keepSeconds: limits.statusKeepSeconds })
          const ended = rows.map((row) => ({ queueId, messageId: row.message_id }))
          ended.sort((a, b) => a.messageId - b.messageId)
          await endAll(tx, ended, { toLine, slot, seq })
          return rows.length
        }) as Promise<number>,
    )
    if (toLine && stopped > 0) signals.ready(queueId, stopped)
  }
}
