import { limits } from '../limits.ts'

/** A message as it is to be stored. */
export type NewRow = {
  body: Uint8Array
  delaySeconds: number
  priority: number
  /** Null for the queue's own. */
  timeoutSeconds: number | null
  /** Null for the queue's own, -1 for never, unless the queue's was given. */
  expirationSeconds: number | null
  pushHeaders: string | null
}

/** A message that we post ourselves: with the settings of its queue, at once. */
export const plainRow = (body: Buffer, pushHeaders: string | null = null): NewRow => ({
  body,
  delaySeconds: 0,
  priority: limits.priority.default,
  timeoutSeconds: null,
  expirationSeconds: null,
  pushHeaders,
})

/** Rows as the columns of one post statement. */
export function toColumns(rows: readonly NewRow[]) {
  const starts: number[] = []
  let end = 0
  for (const row of rows) {
    starts.push(end + 1)
    end += row.body.length
  }
  return {
    starts,
    bodies: Buffer.concat(
      rows.map((row) => row.body),
      end,
    ),
    lengths: rows.map((row) => row.body.length),
    priorities: rows.map((row) => row.priority),
    delaysSeconds: rows.map((row) => row.delaySeconds),
    timeoutsSeconds: unlessAllNull(rows.map((row) => row.timeoutSeconds)),
    expirationsSeconds: unlessAllNull(rows.map((row) => row.expirationSeconds)),
    pushHeaders: unlessAllNull(rows.map((row) => row.pushHeaders)),
  }
}

const unlessAllNull = <T>(column: (T | null)[]) => (column.some((value) => value !== null) ? column : null)
