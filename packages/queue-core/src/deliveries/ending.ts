import { limits } from '../limits.ts'
import { OWED } from './due.sql.ts'
import { stopDue, unowe } from './ending.sql.ts'
import { type RecordParts, endAll } from './recording.ts'

/** Rows that one statement ends. */
const BATCH = 500

/**
 * A moment of `performance.now()`, after which no other batch is begun: the deliveries of all queues wait meanwhile. One is
 * ended in any case, or a slow database would never come to the end of it.
 */
type Until = number

/**
 * A push queue that was made a pull queue keeps its messages (contract v2 U7): what was owed is ready to be reserved,
 * also what some subscribers have had.
 */
export async function returnToLine(parts: RecordParts, queueId: number, lanes: number[], until: Until): Promise<void> {
  if (lanes.includes(OWED)) await returnOwed(parts, queueId, until)
  const started = lanes.filter((lane) => lane !== OWED)
  if (started.length > 0) await stopLanes(parts, queueId, started, until)
}

/**
 * Makes ready what was owed before the queue was a pull queue, which it may not be any more; false when there may be more
 * of it.
 */
export async function returnOwed({ sql, signals }: RecordParts, queueId: number, until: Until): Promise<boolean> {
  for (;;) {
    const { returned } = (await unowe(sql, queueId, BATCH))[0]!
    if (returned > 0) signals.ready(queueId, returned)
    if (returned < BATCH) return true
    if (performance.now() >= until) return false
  }
}

/**
 * Ends deliveries to subscribers that were removed (push.md M4), or of a push queue of before: those messages are ready
 * once nothing else of them is under way.
 */
export async function stopLanes(
  { sql, counters, signals }: RecordParts,
  queueId: number,
  lanes: number[],
  until: Until,
): Promise<void> {
  for (;;) {
    const round = await counters.count(
      queueId,
      (slot, seq) =>
        sql.begin(async (tx) => {
          const rows = await stopDue(tx, { queueId, lanes, limit: BATCH, keepSeconds: limits.statusKeepSeconds })
          const ended = rows.map((row) => ({ queueId, messageId: row.message_id }))
          ended.sort((a, b) => a.messageId - b.messageId)
          return { stopped: rows.length, ready: await endAll(tx, ended, { slot, seq }) }
        }) as Promise<{ stopped: number; ready: number }>,
    )
    if (round.ready > 0) signals.ready(queueId, round.ready)
    if (round.stopped < BATCH || performance.now() >= until) return
  }
}
