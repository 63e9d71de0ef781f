import type { NewRow } from '../line/rows.ts'
import type { OnLine } from '../line/line.ts'
import type { Parts } from './on-queue.ts'

/** Tells those who wait how many of the rows that were just committed are ready. */
export function announce(
  { signals, tallies }: Pick<Parts, 'signals' | 'tallies'>,
  on: OnLine,
  rows: readonly NewRow[],
) {
  tallies.posted(on.project, rows.length)
  let ready = 0
  for (const row of rows) if (row.delaySeconds === 0) ready++
  if (ready > 0) signals.ready(on.queueId, ready)
}
