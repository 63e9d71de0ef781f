import type { Firing } from '../alerts/firing.ts'
import type { Kind } from '../coalesce/dispatcher.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import type { Keeper } from './keeper.ts'
import { insertEach } from './post-each.sql.ts'
import { insertMessages } from './post.sql.ts'
import { type NewRow, toColumns } from './rows.ts'
import { MAX_BYTES, MAX_ROWS } from './statement-size.ts'

/** Posts: ids in the order of each caller's rows; undefined for a queue that is gone. */
export function createPosts(
  sql: Sql,
  counters: Counters,
  keeper: Keeper,
  firing: Firing,
): Kind<NewRow[], number[] | undefined> {
  return {
    name: 'post',
    atOnce: 2,
    maxRows: MAX_ROWS,
    maxBytes: MAX_BYTES,
    weigh: (rows) => ({ rows: rows.length, bytes: rows.reduce((sum, row) => sum + row.body.length, 0) }),
    async run(queueId, items) {
      const rows = items.length === 1 ? items[0]! : items.flat()
      const stored = await counters.count(queueId, (slot, seq) =>
        insertMessages(sql, { queueId, slot, seq, ...toColumns(rows) }),
      )
      if (stored.length === 0) return items.map(() => undefined)
      keeper.posted(queueId, rows)
      firing.changed(queueId, stored)
      const ids = stored.map((row) => row.id).sort((a, b) => a - b)
      let at = 0
      return items.map((item) => ids.slice(at, (at += item.length)))
    },
    async runTogether(unsorted) {
      // In one order everywhere: the statement may lock queues.
      const shares = unsorted.toSorted((a, b) => a.queueId - b.queueId)
      const rowsOf = shares.map(({ queueId, items }) => ({ queueId, rows: items.flat() }))
      const stored = await counters.count(
        shares.map(({ queueId }) => queueId),
        (slot, seq) =>
          insertEach(
            sql,
            rowsOf.map(({ queueId, rows }) => ({ queueId, count: rows.length })),
            { slot, seq, ...toColumns(rowsOf.flatMap(({ rows }) => rows)) },
          ),
      )
      firing.changedAmong(stored)
      const idsOf = new Map<number, number[]>()
      for (const { queue_id, id } of stored) {
        const ids = idsOf.get(queue_id)
        if (ids) ids.push(id)
        else idsOf.set(queue_id, [id])
      }
      for (const { queueId, rows } of rowsOf) if (idsOf.has(queueId)) keeper.posted(queueId, rows)
      return unsorted.map(({ queueId, items }) => {
        const ids = idsOf.get(queueId)?.sort((a, b) => a - b)
        let at = 0
        return items.map((item) => ids?.slice(at, (at += item.length)))
      })
    },
  }
}
