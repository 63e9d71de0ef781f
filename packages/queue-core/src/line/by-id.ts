import type { Firing } from '../alerts/firing.ts'
import type { Dispatcher, Kind } from '../coalesce/dispatcher.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { deleteById, deleteEachById, releaseById, touchById } from './by-id.sql.ts'
import type { OnLine } from './line.ts'
import { newReservationId } from './reservation-id.ts'
import { MAX_ROWS, oneRow } from './statement-size.ts'

/**
 * What those may do who know a message by its id alone. False is "nothing done": the message is missing, somebody holds
 * it in another way, or it changed under the statement.
 */
export type ById = {
  finish(on: OnLine, id: number): Promise<boolean>
  touch(on: OnLine, id: number): Promise<boolean>
  release(on: OnLine, released: { id: number; delaySeconds: number }): Promise<boolean>
}

/** Coalesced like the rest of the line; one message is in a statement only once. */
export function createById(sql: Sql, counters: Counters, dispatcher: Dispatcher, firing: Firing): ById {
  const deletes: Kind<{ id: number }, boolean> = {
    ...aKind('delete by id', 2),
    async run(queueId, items) {
      const done = await counters.count(queueId, (slot, seq) =>
        deleteById(sql, { queueId, slot, seq, ids: idsOf(items) }),
      )
      firing.changed(queueId, done)
      return whichWere(items, done)
    },
    async runTogether(shares) {
      const among = shares.map(({ queueId }) => queueId)
      const queueIds = shares.flatMap(({ queueId, items }) => items.map(() => queueId))
      const ids = shares.flatMap(({ items }) => idsOf(items))
      const done = await counters.count(among, (slot, seq) => deleteEachById(sql, { among, queueIds, ids, slot, seq }))
      firing.changedAmong(done)
      return shares.map(({ items }) => whichWere(items, done))
    },
  }
  const touches: Kind<{ id: number }, boolean> = {
    ...aKind('touch by id', 1),
    async run(queueId, items) {
      const newReservations = items.map(newReservationId)
      return whichWere(items, await touchById(sql, { queueId, ids: idsOf(items), newReservations }))
    },
  }
  const releases: Kind<{ id: number; delaySeconds: number }, boolean> = {
    ...aKind('release by id', 1),
    async run(queueId, items) {
      const delaysSeconds = items.map((item) => item.delaySeconds)
      return whichWere(items, await releaseById(sql, { queueId, ids: idsOf(items), delaysSeconds }))
    },
  }
  return {
    finish: ({ project, queueId }, id) => firing.after(queueId, dispatcher.submit(deletes, project, queueId, { id })),
    touch: ({ project, queueId }, id) => dispatcher.submit(touches, project, queueId, { id }),
    release: ({ project, queueId }, released) => dispatcher.submit(releases, project, queueId, released),
  }
}

const aKind = (name: string, atOnce: number) => ({
  name,
  atOnce,
  maxRows: MAX_ROWS,
  maxBytes: Infinity,
  weigh: oneRow,
  keyOf: ({ id }: { id: number }) => id,
})

const idsOf = (items: { id: number }[]) => items.map(({ id }) => id)

function whichWere(items: { id: number }[], done: readonly { id: number }[]): boolean[] {
  const ids = new Set(done.map(({ id }) => id))
  return items.map(({ id }) => ids.has(id))
}
