import type { Dispatcher, Kind } from '../coalesce/dispatcher.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { deleteReserved } from './finish.sql.ts'
import { releaseReserved, touchReserved } from './give-back.sql.ts'
import type { Keeper } from './keeper.ts'
import { insertMessages } from './post.sql.ts'
import { newReservationId } from './reservation-id.ts'
import { type TakenRow, reserveReady } from './reserve.sql.ts'

export type NewRow = { body: Uint8Array; delaySeconds: number; priority: number; pushHeaders: string | null }

export type Taken = {
  id: number
  priority: number
  position: number
  reservation: string
  reservedCount: number
  body: Buffer
  /** Reserved as often as the queue allows: belongs in the dead letter queue, not in a consumer's hands. */
  dead: boolean
}

type Held = { id: number; reservation: string }

/** Where a queue's work goes; `undefined` as an answer always means that the queue is gone. */
export type OnLine = { project: string; queueId: number }

export type Line = {
  /** Ids in the order of the rows. */
  post(on: OnLine, rows: NewRow[]): Promise<number[] | undefined>
  /** At most `count`, in order; fewer when fewer are ready. A timeout of 0 means the queue's own. */
  reserve(on: OnLine, want: { count: number; timeoutSeconds: number }): Promise<Taken[] | undefined>
  /** True when the reservation held and the message is deleted. */
  finish(on: OnLine, held: Held): Promise<boolean>
  /** True when the reservation held and the message is ready, or delayed. */
  giveBack(on: OnLine, held: Held & { delaySeconds: number; uncount?: boolean }): Promise<boolean>
  /** The new reservation, when the old one held. */
  touch(on: OnLine, held: Held & { timeoutSeconds: number }): Promise<string | undefined>
}

/** One statement carries at most this much; a single caller's batch may be larger. */
const MAX_ROWS = 500
const MAX_BYTES = 4 * 1024 * 1024

/**
 * The ready line of every queue: exact order, one reservation per message at a time, exact counts. What is behind it
 * (lanes, marks, plans) is told in this folder's README and is nobody else's business.
 */
export function createLine(sql: Sql, counters: Counters, dispatcher: Dispatcher, keeper: Keeper): Line {
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
      const ids = stored.map((row) => row.id).sort((a, b) => a - b)
      let at = 0
      return items.map((item) => ids.slice(at, (at += item.length)))
    },
  }

  const reserves: Kind<{ count: number; timeoutSeconds: number }, Taken[] | undefined> = {
    name: 'reserve',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: ({ count }) => ({ rows: count, bytes: 0 }),
    async run(queueId, items) {
      const timeouts = items.flatMap((item) => Array<number>(item.count).fill(item.timeoutSeconds))
      const taken = await takeInOrder(queueId, timeouts)
      if (!taken) return items.map(() => undefined)
      let at = 0
      return items.map((item) => taken.slice(at, (at += item.count)))
    },
  }

  /** Asks again while others hold candidates that it saw, since "they are taking these" is not "empty". */
  async function takeInOrder(queueId: number, timeouts: number[]): Promise<Taken[] | undefined> {
    const taken: Taken[] = []
    for (let attempt = 0; attempt < 20 && taken.length < timeouts.length; attempt++) {
      const wanted = timeouts.length - taken.length
      const window = wanted + keeper.slack(queueId)
      const asked = reserveReady(sql, {
        queueId,
        window,
        hints: keeper.hints(queueId),
        timeoutsSeconds: timeouts.slice(taken.length),
        reservations: Array.from({ length: wanted }, newReservationId),
      })
      // What an earlier attempt has taken is handed out even if this one fails.
      const rows = taken.length === 0 ? await asked : await asked.catch(() => [])
      const first = rows[0]
      if (!first?.present) return taken.length > 0 ? taken : undefined
      const got = first.id === null ? [] : rows.map(toTaken)
      got.sort((a, b) => a.priority - b.priority || a.position - b.position)
      for (const one of got) taken.push(one)
      keeper.took(queueId, rows)
      const contended = got.length < wanted && (first.candidates === window || got.length < first.candidates)
      keeper.contention(queueId, contended)
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
    run: (queueId, items) =>
      counters
        .count(queueId, (slot, seq) => deleteReserved(sql, { queueId, slot, seq, ...columns(items) }))
        .then((done) => whichWere(items, done)),
  }

  const givingsBack: Kind<Held & { delaySeconds: number; uncount?: boolean }, boolean> = {
    name: 'release',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: one,
    keyOf: ({ id }) => id,
    async run(queueId, items) {
      const done: { id: number }[] = []
      for (const uncount of [0, 1] as const) {
        const some = items.filter((item) => Boolean(item.uncount) === Boolean(uncount))
        if (some.length === 0) continue
        const delaysSeconds = some.map((item) => item.delaySeconds)
        done.push(...(await releaseReserved(sql, { queueId, ...columns(some), delaysSeconds, uncount })))
      }
      return whichWere(items, done)
    },
  }

  const touches: Kind<Held & { timeoutSeconds: number }, string | undefined> = {
    name: 'touch',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: one,
    keyOf: ({ id }) => id,
    async run(queueId, items) {
      const newReservations = items.map(newReservationId)
      const timeoutsSeconds = items.map((item) => item.timeoutSeconds)
      const done = await touchReserved(sql, { queueId, ...columns(items), newReservations, timeoutsSeconds })
      return whichWere(items, done).map((held, i) => (held ? newReservations[i] : undefined))
    },
  }

  return {
    post: ({ project, queueId }, rows) => dispatcher.submit(posts, project, queueId, rows),
    reserve: ({ project, queueId }, want) => dispatcher.submit(reserves, project, queueId, want),
    finish: ({ project, queueId }, held) => dispatcher.submit(finishes, project, queueId, held),
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
    pushHeaders: rows.some((row) => row.pushHeaders !== null) ? rows.map((row) => row.pushHeaders) : null,
  }
}

const one = () => ({ rows: 1, bytes: 0 })

const columns = (items: Held[]) => ({
  ids: items.map((item) => item.id),
  reservations: items.map((item) => item.reservation),
})

function whichWere(items: Held[], done: readonly { id: number }[]): boolean[] {
  const ids = new Set(done.map((row) => row.id))
  return items.map((item) => ids.has(item.id))
}

const toTaken = (row: TakenRow): Taken => ({
  id: row.id!,
  priority: row.priority,
  position: row.position,
  reservation: row.reservation.replaceAll('-', ''),
  reservedCount: row.reserved_count,
  body: row.body,
  dead: row.lane === -1,
})
