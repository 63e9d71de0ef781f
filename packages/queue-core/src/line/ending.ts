import type { Firing } from '../alerts/firing.ts'
import type { Kind } from '../coalesce/dispatcher.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { buryReserved } from './bury.sql.ts'
import { deleteEach } from './finish-each.sql.ts'
import { deleteReserved } from './finish.sql.ts'
import { releaseReserved, touchReserved } from './give-back.sql.ts'
import { newReservationId } from './reservation-id.ts'
import { MAX_ROWS, oneRow } from './statement-size.ts'

export type Held = { id: number; reservation: string }

export type GivenBack = Held & {
  delaySeconds: number
  /** The old one when left out. */
  priority?: number
  /** A release by the holder, a return that nobody asked for, or one of which the count shall know nothing. */
  as: 'release' | 'return' | 'undo'
}

/** `fresh` trades the reservation for a new one and counts as a reservation; otherwise it only lasts longer. */
export type Touched = Held & { timeoutSeconds: number; fresh: boolean }

/** What can be done with a reservation that holds; whatever does not hold any more is passed over. */
export function createEndings(sql: Sql, counters: Counters, firing: Firing) {
  const finishes: Kind<Held, boolean> = {
    name: 'delete',
    atOnce: 2,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: oneRow,
    keyOf: ({ id }) => id,
    async run(queueId, items) {
      const done = await counters.count(queueId, (slot, seq) =>
        deleteReserved(sql, { queueId, slot, seq, ...columns(items) }),
      )
      firing.changed(queueId, done)
      return whichWere(items, done)
    },
    async runTogether(shares) {
      const among = shares.map(({ queueId }) => queueId)
      const queueIds = shares.flatMap(({ queueId, items }) => items.map(() => queueId))
      const held = columns(shares.flatMap(({ items }) => items))
      const done = await counters.count(among, (slot, seq) => deleteEach(sql, { among, queueIds, slot, seq, ...held }))
      firing.changedAmong(done)
      const ids = new Set(done.map((row) => row.id))
      return shares.map(({ items }) => items.map(({ id }) => ids.has(id)))
    },
  }

  const burials: Kind<Held & { priority: number }, boolean> = {
    name: 'bury',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: oneRow,
    keyOf: ({ id }) => id,
    async run(queueId, items) {
      const priorities = items.map((item) => item.priority)
      return whichWere(items, await buryReserved(sql, { queueId, ...columns(items), priorities }))
    },
  }

  const givingsBack: Kind<GivenBack, boolean> = {
    name: 'release',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: oneRow,
    keyOf: ({ id }) => id,
    async run(queueId, items) {
      const done = await releaseReserved(sql, {
        queueId,
        ...columns(items),
        delaysSeconds: items.map((item) => item.delaySeconds),
        priorities: items.map((item) => item.priority ?? -1),
        counts: items.map((item) => releaseCounts[item.as]),
      })
      return whichWere(items, done)
    },
  }

  const touches: Kind<Touched, { reservation: string; seconds: number } | undefined> = {
    name: 'touch',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: oneRow,
    keyOf: ({ id }) => id,
    async run(queueId, items) {
      const newReservations = items.map((item) => (item.fresh ? newReservationId() : item.reservation))
      const done = await touchReserved(sql, {
        queueId,
        ...columns(items),
        newReservations,
        timeoutsSeconds: items.map((item) => item.timeoutSeconds),
        counts: items.map((item) => (item.fresh ? 1 : 0)),
      })
      const seconds = new Map(done.map((row) => [row.id, row.seconds]))
      return items.map(({ id }, i) =>
        seconds.has(id) ? { reservation: newReservations[i]!, seconds: seconds.get(id)! } : undefined,
      )
    },
  }

  return { finishes, burials, givingsBack, touches }
}

const releaseCounts = { release: 1, return: 0, undo: -1 }

const columns = (items: Held[]) => ({
  ids: items.map((item) => item.id),
  reservations: items.map((item) => item.reservation),
})

function whichWere(items: Held[], done: readonly { id: number }[]): boolean[] {
  const ids = new Set(done.map((row) => row.id))
  return items.map((item) => ids.has(item.id))
}
