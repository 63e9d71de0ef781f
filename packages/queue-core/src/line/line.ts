import type { Firing } from '../alerts/firing.ts'
import type { Dispatcher, Kind, Share } from '../coalesce/dispatcher.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { buryReserved } from './bury.sql.ts'
import { deleteEach } from './finish-each.sql.ts'
import { deleteReserved } from './finish.sql.ts'
import { releaseReserved, touchReserved } from './give-back.sql.ts'
import type { Keeper } from './keeper.ts'
import { insertEach } from './post-each.sql.ts'
import { insertMessages } from './post.sql.ts'
import { type QueueSet, createQueueSets } from './queue-sets.ts'
import { newReservationId } from './reservation-id.ts'
import { reserveAcross, toHintColumns } from './reserve-across.sql.ts'
import { reserveEach } from './reserve-each.sql.ts'
import { type TakenRow, type WantedHold, type WantedHolds, reserveReady } from './reserve.sql.ts'

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

export type Taken = {
  queueId: number
  id: number
  priority: number
  position: number
  reservation: string
  reservedCount: number
  /** How long the reservation lasts. */
  seconds: number
  body: Buffer
  /** Reserved as often as the queue allows: belongs in the dead letter queue, not in a consumer's hands. */
  dead: boolean
}

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

/** Where a queue's work goes; `undefined` as an answer always means that the queue is gone. */
export type OnLine = { project: string; queueId: number }

export type Line = {
  /** Ids in the order of the rows. */
  post(on: OnLine, rows: NewRow[]): Promise<number[] | undefined>
  /** At most `count`, in order; fewer when fewer are ready. */
  reserve(on: OnLine, want: WantedHold & { count: number }): Promise<Taken[] | undefined>
  /**
   * The first message of all these queues in their common order; nothing when nothing is ready, undefined when one of
   * the queues is gone.
   */
  reserveAcross(project: string, queueIds: readonly number[], want: WantedHold): Promise<Taken[] | undefined>
  /** True when the reservation held and the message is buried. */
  bury(on: OnLine, held: Held & { priority: number }): Promise<boolean>
  /** True when the reservation held and the message is deleted. */
  finish(on: OnLine, held: Held): Promise<boolean>
  /** True when the reservation held and the message is ready, or delayed. */
  giveBack(on: OnLine, held: GivenBack): Promise<boolean>
  /** The reservation as it is now, when it held. */
  touch(on: OnLine, held: Touched): Promise<{ reservation: string; seconds: number } | undefined>
}

type Ask = (window: number, wanted: WantedHolds) => Promise<readonly TakenRow[]>

/** One statement carries at most this much; a single caller's batch may be larger. */
const MAX_ROWS = 500
const MAX_BYTES = 4 * 1024 * 1024

/**
 * The ready line of every queue: exact order, one reservation per message at a time, exact counts. What is behind it
 * (lanes, marks, plans) is told in this folder's README and is nobody else's business.
 */
export function createLine(sql: Sql, counters: Counters, dispatcher: Dispatcher, keeper: Keeper, firing: Firing): Line {
  const posts: Kind<NewRow[], number[] | undefined> = {
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

  const reserves: Kind<WantedHold & { count: number }, Taken[] | undefined> = {
    name: 'reserve',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: ({ count }) => ({ rows: count, bytes: 0 }),
    async run(queueId, items) {
      const holds = items.flatMap((item) => Array<WantedHold>(item.count).fill(item))
      const taken = await takeInOrder([queueId], holds, (window, wanted) =>
        reserveReady(sql, { queueId, window, hints: keeper.hints(queueId), ...wanted }),
      )
      if (!taken) return items.map(() => undefined)
      let at = 0
      return items.map((item) => taken.slice(at, (at += item.count)))
    },
    async runTogether(shares) {
      const takenFrom = await takeFromEach(shares)
      return shares.map(({ items }, i) => {
        const taken = takenFrom[i]
        let at = 0
        return items.map((item) => taken?.slice(at, (at += item.count)))
      })
    },
  }

  /** As takeInOrder for several queues; only those where others hold candidates are asked again. */
  async function takeFromEach(shares: Share<WantedHold & { count: number }>[]): Promise<(Taken[] | undefined)[]> {
    const asked = shares.map(({ queueId, items }) => ({
      queueId,
      left: items.flatMap((item) => Array<WantedHold>(item.count).fill(item)),
      taken: undefined as Taken[] | undefined,
    }))
    let open = asked
    for (let attempt = 0; attempt < 20 && open.length > 0; attempt++) {
      const wanted = open.map(({ queueId, left }) => ({
        queueId,
        window: left.length + keeper.slack(queueId),
        hints: keeper.hints(queueId),
        timeoutsSeconds: left.map((hold) => hold.timeoutSeconds),
        holders: left.map((hold) => hold.holder),
        reservations: left.map(newReservationId),
      }))
      const statement = reserveEach(sql, wanted)
      const rows = attempt === 0 ? await statement : await statement.catch(() => [])
      const rowsOf = new Map<number, (typeof rows)[number][]>()
      const candidatesOf = new Map<number, number>()
      for (const row of rows) {
        if (row.id === null) candidatesOf.set(row.queue_id, row.candidates!)
        else {
          const some = rowsOf.get(row.queue_id)
          if (some) some.push(row)
          else rowsOf.set(row.queue_id, [row])
        }
      }
      const again: typeof open = []
      for (const [i, one] of open.entries()) {
        const candidates = candidatesOf.get(one.queueId)
        if (candidates === undefined) continue
        const got = rowsOf.get(one.queueId) ?? []
        const taken = got.map(toTaken).sort((a, b) => a.priority - b.priority || a.position - b.position)
        one.taken = one.taken ? [...one.taken, ...taken] : taken
        keeper.took(one.queueId, got)
        const missing = got.length < one.left.length
        const contended = missing && (candidates === wanted[i]!.window || got.length < candidates)
        keeper.contention(one.queueId, contended)
        one.left = one.left.slice(got.length)
        if (contended) again.push(one)
      }
      open = again
    }
    return asked.map(({ taken }) => taken)
  }

  const queueSet = createQueueSets()
  const reservesAcross: Kind<WantedHold & { set: QueueSet }, Taken[] | undefined> = {
    name: 'reserve across',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: one,
    async run(_, items) {
      const { queueIds } = items[0]!.set
      const taken = await takeInOrder(queueIds, items, (window, wanted) =>
        reserveAcross(sql, { ...toHintColumns(queueIds, keeper.hints), window, ...wanted }),
      )
      return items.map((_item, i) => taken?.slice(i, i + 1))
    },
  }

  /** Asks again while others hold candidates that it saw, since "they are taking these" is not "empty". */
  async function takeInOrder(queueIds: readonly number[], holds: WantedHold[], ask: Ask): Promise<Taken[] | undefined> {
    const taken: Taken[] = []
    for (let attempt = 0; attempt < 20 && taken.length < holds.length; attempt++) {
      const left = holds.slice(taken.length)
      const window = left.length + Math.max(...queueIds.map(keeper.slack))
      const asked = ask(window, {
        timeoutsSeconds: left.map((hold) => hold.timeoutSeconds),
        holders: left.map((hold) => hold.holder),
        reservations: left.map(newReservationId),
      })
      // What an earlier attempt has taken is handed out even if this one fails.
      const rows = taken.length === 0 ? await asked : await asked.catch(() => [])
      const first = rows[0]
      if (!first || (!first.present && first.id === null)) return taken.length > 0 ? taken : undefined
      const got = first.id === null ? [] : rows.map(toTaken)
      got.sort((a, b) => a.priority - b.priority || a.position - b.position)
      for (const one of got) taken.push(one)
      const contended = got.length < left.length && (first.candidates === window || got.length < first.candidates)
      for (const queueId of queueIds) {
        keeper.took(queueId, queueIds.length === 1 ? rows : rows.filter((row) => row.queue_id === queueId))
        keeper.contention(queueId, contended)
      }
      if (!contended) break
    }
    return taken
  }

  const finishes: Kind<Held, boolean> = {
    name: 'delete',
    atOnce: 2,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: one,
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
    weigh: one,
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
    weigh: one,
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
    weigh: one,
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

  return {
    post: ({ project, queueId }, rows) => firing.after(queueId, dispatcher.submit(posts, project, queueId, rows)),
    reserve: ({ project, queueId }, want) => dispatcher.submit(reserves, project, queueId, want),
    reserveAcross(project, queueIds, want) {
      const set = queueSet(queueIds)
      return dispatcher.submit(reservesAcross, project, set.id, { ...want, set })
    },
    bury: ({ project, queueId }, held) => dispatcher.submit(burials, project, queueId, held),
    finish: ({ project, queueId }, held) => firing.after(queueId, dispatcher.submit(finishes, project, queueId, held)),
    giveBack: ({ project, queueId }, held) => dispatcher.submit(givingsBack, project, queueId, held),
    touch: ({ project, queueId }, held) => dispatcher.submit(touches, project, queueId, held),
  }
}

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

const releaseCounts = { release: 1, return: 0, undo: -1 }

const one = () => ({ rows: 1, bytes: 0 })

const columns = (items: Held[]) => ({
  ids: items.map((item) => item.id),
  reservations: items.map((item) => item.reservation),
})

function whichWere(items: Held[], done: readonly { id: number }[]): boolean[] {
  const ids = new Set(done.map((row) => row.id))
  return items.map((item) => ids.has(item.id))
}

const toTaken = (row: Omit<TakenRow, 'present' | 'candidates'>): Taken => ({
  queueId: row.queue_id!,
  id: row.id!,
  priority: row.priority,
  position: row.position,
  reservation: row.reservation.replaceAll('-', ''),
  reservedCount: row.reserved_count,
  seconds: row.seconds,
  body: row.body,
  dead: row.lane === -1,
})
