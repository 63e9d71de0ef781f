import type { NewRow } from '../line/line.ts'
import type { Signals } from '../signals/signals.ts'

/** Tells those who wait how many of the rows that were just committed are ready. */
export function announce({ signals }: { signals: Signals }, queueId: number, rows: readonly NewRow[]) {
  let ready = 0
  for (const row of rows) if (row.delaySeconds === 0) ready++
  if (ready > 0) signals.ready(queueId, ready)
}
