import type { Sql } from '../db/connect.ts'
import { type LaneCursors, OWED, findLanes, probeLanes } from './due.sql.ts'

/** Where something is due: a queue, and which of its lanes. */
export type DueLanes = Map<number, DueLane[]>
export type DueLane = {
  /** A subscriber, `ANYBODY` or `OWED`. */
  lane: number
  /** Nothing that is or can come into the lane is due before. */
  mark: string
  /** Of what is owed, the message that is due first. */
  first?: number | undefined
}

export type Lanes = {
  /** Something may have come into the lane: it need not be searched for. */
  expect(queueId: number, lane: number): void
  due(): Promise<DueLanes>
  /** After a lost connection nothing that was seen before may be trusted: Postgres may be another one now. */
  forget(): void
}

type Known = DueLane & { queueId: number; emptySince: number | undefined }

/** Lanes that one search looks at; when there are more, the next one goes on behind them. */
const MOST_LANES = 4000
/** One probe looks at all of them. */
const MOST_KNOWN = 10_000
const FIRST: LaneCursors = { owed: 0, begun: { queueId: 0, lane: 0 } }
/** A search walks over the dead entries of every lane, so it rests for some of the time that it takes. */
const SEARCH = { everyMs: 250, rests: 20, restsWhenIdle: 5 }
/** A lane that held nothing for so long has to be found again. */
const FORGET_EMPTY_MS = 10_000
/** How often the marks are set aside: somebody else's program may have written there. */
const FROM_THE_START_MS = 600_000
const FROM_THE_START = '-infinity'

/**
 * The lanes that hold something, and for each the moment before which there is nothing in it: whoever reads a lane from
 * there passes over the dead entries of what was delivered while some old snapshot keeps them.
 *
 * The proof of a mark: a look sees the first row of a lane, or none. Whatever it does not see was written by somebody who
 * was under way when the look before it asked who is, or has begun since; and what they write is due no earlier than they
 * began. So the lesser of that row and the bound of the look before is a mark.
 */
export function createLanes(sql: Sql, mostLanes = MOST_LANES, mostKnown = MOST_KNOWN): Lanes {
  let known = new Map<string, Known>()
  let bound = FROM_THE_START
  let setAsideAt = performance.now()
  let searchedAt = -Infinity
  let searchTook = 0
  let after = FIRST

  async function search() {
    const began = performance.now()
    const lanes = await findLanes(sql, after, mostLanes)
    searchedAt = performance.now()
    searchTook = searchedAt - began
    after = nextAfter(lanes, mostLanes)
    for (const { queue_id: queueId, subscriber: lane } of lanes) expect(queueId, lane)
  }

  function expect(queueId: number, lane: number) {
    const key = `${queueId}/${lane}`
    if (known.has(key)) return
    // Whoever has been known longest makes room, and is found again in turn: nobody's many lanes shut out another's.
    if (known.size >= mostKnown) known.delete(known.keys().next().value!)
    known.set(key, { queueId, lane, mark: FROM_THE_START, emptySince: undefined })
  }

  async function probe(): Promise<DueLanes> {
    const due: DueLanes = new Map()
    const probed = known
    if (probed.size === 0) return due
    const lanes = [...probed.values()]
    const seen = await probeLanes(sql, lanes, bound)
    if (probed !== known) return due
    bound = seen[0]!.bound
    const now = performance.now()
    for (const row of seen) {
      const key = `${row.queue_id}/${row.subscriber}`
      const one = known.get(key)
      if (!one) continue
      one.mark = row.mark
      one.first = row.first ?? undefined
      one.emptySince = row.due === null ? (one.emptySince ?? now) : undefined
      if (one.emptySince !== undefined && now - one.emptySince > FORGET_EMPTY_MS) known.delete(key)
      if (!row.due) continue
      const some = due.get(one.queueId)
      if (some) some.push(one)
      else due.set(one.queueId, [one])
    }
    return due
  }

  function forget() {
    known = new Map()
    bound = FROM_THE_START
  }

  return {
    expect,
    async due() {
      const now = performance.now()
      if (now - setAsideAt > FROM_THE_START_MS) {
        setAsideAt = now
        forget()
      }
      const rested = now - searchedAt
      if (rested >= Math.max(SEARCH.everyMs, searchTook * SEARCH.rests)) await search()
      const due = await probe()
      if (due.size > 0 || rested < searchTook * SEARCH.restsWhenIdle || searchedAt > now) return due
      await search()
      return probe()
    },
    forget,
  }
}

/** Where the next search begins: each of its two scans behind what it was cut at, or else at the first lane again. */
function nextAfter(lanes: { queue_id: number; subscriber: number }[], most: number): LaneCursors {
  const owed = lanes.filter(({ subscriber }) => subscriber === OWED)
  const begun = lanes.filter(({ subscriber }) => subscriber !== OWED)
  const last = begun.length < most ? undefined : begun.at(-1)
  return {
    owed: owed.length < most ? FIRST.owed : owed.at(-1)!.queue_id,
    begun: last ? { queueId: last.queue_id, lane: last.subscriber } : FIRST.begun,
  }
}
