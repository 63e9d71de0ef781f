import type { Kind, Share } from '../coalesce/dispatcher.ts'
import type { Sql } from '../db/connect.ts'
import type { Keeper } from './keeper.ts'
import type { QueueSet } from './queue-sets.ts'
import { newReservationId } from './reservation-id.ts'
import { reserveAcross, toHintColumns } from './reserve-across.sql.ts'
import { reserveEach } from './reserve-each.sql.ts'
import { type TakenRow, type WantedHold, type WantedHolds, reserveReady } from './reserve.sql.ts'
import { MAX_ROWS, oneRow } from './statement-size.ts'

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

type Ask = (window: number, wanted: WantedHolds) => Promise<readonly TakenRow[]>

/** Reserves from one queue, several of which may share a statement, and from several queues in one order. */
export function createReserves(sql: Sql, keeper: Keeper) {
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

  const reservesAcross: Kind<WantedHold & { set: QueueSet }, Taken[] | undefined> = {
    name: 'reserve across',
    atOnce: 1,
    maxRows: MAX_ROWS,
    maxBytes: Infinity,
    weigh: oneRow,
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

  return { reserves, reservesAcross }
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
