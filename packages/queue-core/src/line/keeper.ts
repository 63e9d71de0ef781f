import type { Sql } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { type LookRow, gatherStragglers, lookAtLines, registerPriority, rotateLanes, storeMarks } from './keep.sql.ts'
import { type Marks, createMarks } from './marks.ts'
import type { Hints, TakenRow } from './reserve.sql.ts'

/** When the keeper sets to work on a queue; tests have it work all the time. */
const thresholds = {
  /** Worth a look once so many rows were taken from it; few dead entries cost nothing. */
  takenWorthALook: 200,
  /** So many rows out of lanes that are still entered, and returning messages get a new lane. */
  returnedWorthALane: 1000,
  /** So many posts with a priority that has no place in the fresh lane, and it gets one. */
  postsWorthAPlace: 500,
  /** So many lanes that are no longer entered and not empty, and the lowest is emptied into the current one. */
  lanesWorthAGathering: 16,
}
/** In one statement; the busiest first. */
const MOST_QUEUES_PER_ROUND = 256
/** Looks after the last one that was worth it: enough to prove what the last rows left behind. */
const LOOKS_AFTERWARDS = 5
/** Rounds of `store` without any work, after which a queue is forgotten: about five minutes. */
const IDLE_ROUNDS = 150
const SLACK = { first: 64, most: 512 }

type Kept = {
  marks: Marks
  slack: number
  /** Rows taken since the last look. */
  taken: number
  looksLeft: number
  idleRounds: number
  /** Rows that came out of lanes still entered since the last new lane. */
  returned: number
  prios: ReadonlySet<number>
  /** Posts by priorities that have no place in the fresh lane. */
  elsewhere: Map<number, number>
  /** Proved something that is not stored yet. */
  unstored: boolean
}

/** What this process knows of the queues it works on; all of it can be forgotten at any moment. */
export type Keeper = {
  hints(queueId: number): Hints
  /** How many candidates more than wanted a reserve should look at, when others are taking the first ones. */
  slack(queueId: number): number
  contention(queueId: number, contended: boolean): void
  posted(queueId: number, rows: readonly { priority: number }[]): void
  took(queueId: number, rows: readonly Pick<TakenRow, 'id' | 'lane'>[]): void
  /** Looks at the lines that moved; called every 100 ms. */
  look(): Promise<void>
  /** Stores what was proved; called every 2 s. */
  store(): Promise<void>
  /** After a lost connection nothing that was seen before may be trusted: Postgres may be another one now. */
  forgetAll(): void
}

const nothing: Hints = { marks: [], low: 1 }

export function createKeeper(sql: Sql, worth: typeof thresholds = thresholds): Keeper {
  let kept = new Map<number, Kept>()

  function of(queueId: number): Kept {
    let one = kept.get(queueId)
    if (!one) {
      one = {
        marks: createMarks(),
        slack: 0,
        taken: 0,
        looksLeft: 0,
        idleRounds: 0,
        returned: 0,
        prios: new Set(),
        elsewhere: new Map(),
        unstored: false,
      }
      kept.set(queueId, one)
    }
    return one
  }

  /** What a look says to do, which is rare. */
  async function follow(queueId: number, one: Kept, look: LookRow) {
    if (one.returned >= worth.returnedWorthALane) {
      one.returned = 0
      await rotateLanes(sql, { queueId, cur: look.cur })
    }
    const [lowest] = look.lanes
    if (look.lanes.length > worth.lanesWorthAGathering && lowest !== undefined) {
      await gatherStragglers(sql, { queueId, lane: lowest })
    }
    for (const [priority, posts] of one.elsewhere) {
      if (posts < worth.postsWorthAPlace || one.prios.has(priority)) continue
      await registerPriority(sql, { queueId, priority })
      one.elsewhere.delete(priority)
    }
  }

  return {
    hints: (queueId) => kept.get(queueId)?.marks.hints ?? nothing,
    slack: (queueId) => kept.get(queueId)?.slack ?? 0,
    contention(queueId, contended) {
      const one = kept.get(queueId)
      if (!contended && !one?.slack) return
      const kept_ = one ?? of(queueId)
      kept_.slack = contended ? Math.min(SLACK.most, Math.max(SLACK.first, kept_.slack * 2)) : kept_.slack >> 1
    },
    posted(queueId, rows) {
      for (const { priority } of rows) {
        const one = kept.get(queueId)
        if (priority === limits.priority.default || one?.prios.has(priority)) continue
        const elsewhere = (one ?? of(queueId)).elsewhere
        if (elsewhere.size < 1000 || elsewhere.has(priority))
          elsewhere.set(priority, (elsewhere.get(priority) ?? 0) + 1)
      }
    },
    took(queueId, rows) {
      const one = of(queueId)
      one.idleRounds = 0
      for (const row of rows) {
        if (row.id === null) continue
        one.taken++
        if (row.lane >= (one.marks.hints.open ?? 1)) one.returned++
      }
    },
    async look() {
      const generation = kept
      const moved = [...generation]
        .filter(([, one]) => one.taken >= worth.takenWorthALook || one.looksLeft > 0)
        .sort(([, a], [, b]) => b.taken - a.taken)
        .slice(0, MOST_QUEUES_PER_ROUND)
      if (moved.length === 0) return
      for (const [, one] of moved) {
        one.looksLeft = one.taken >= worth.takenWorthALook ? LOOKS_AFTERWARDS : one.looksLeft - 1
        if (one.looksLeft === LOOKS_AFTERWARDS) one.taken = 0
      }
      const known = moved.map(([queueId, one]) => ({ queueId, hints: one.marks.hints }))
      const looks = new Map((await lookAtLines(sql, known)).map((look) => [look.queue_id, look]))
      if (kept !== generation) return
      for (const [queueId, one] of moved) {
        const look = looks.get(queueId)
        if (!look) {
          generation.delete(queueId)
          continue
        }
        if (one.marks.take(look)) one.unstored = true
        one.prios = new Set(look.prios)
      }
      for (const [queueId, one] of moved) {
        const look = looks.get(queueId)
        if (look) await follow(queueId, one, look)
      }
    },
    async store() {
      const generation = kept
      const unstored: [number, Kept][] = []
      for (const [queueId, one] of generation) {
        if (one.unstored) unstored.push([queueId, one])
        else if (++one.idleRounds > IDLE_ROUNDS) generation.delete(queueId)
      }
      while (unstored.length > 0 && kept === generation) {
        const some = unstored.splice(0, MOST_QUEUES_PER_ROUND)
        const known = some.map(([queueId, one]) => ({ queueId, hints: one.marks.hints }))
        await storeMarks(sql, known)
        for (const [i, [, one]] of some.entries()) if (one.marks.hints === known[i]!.hints) one.unstored = false
      }
    },
    forgetAll() {
      kept = new Map()
    },
  }
}
