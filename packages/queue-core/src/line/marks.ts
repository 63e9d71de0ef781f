import type { LookRow } from './keep.sql.ts'
import type { Hints, LaneMark } from './reserve.sql.ts'

/** A mark that will be true once everybody who may still write behind it has ended. */
type Candidate = { marks: number[]; cur: number; unfinished: Set<string> }

export type Marks = {
  /** What a reader may skip: no ready row stands at or below a mark, or in a lane below `low`, now or ever. */
  readonly hints: Hints
  /** Takes in one look at the line, the looks in the order they were taken; true when it proved something new. */
  take(look: LookRow): boolean
}

/** Candidates under way at a time; more would only wait for the same transactions. */
const MOST_CANDIDATES = 4

/**
 * The proof of the marks (README of this folder). Each look yields a candidate: just before the first ready row, or
 * the newest id of the look before where there is none. Whoever is invisible to the look and may still write behind
 * the candidate is among its writers. When all of these are missing from a list that was read before a later look,
 * that later look sees what they wrote, and the candidate, held back to what it sees, becomes the mark.
 */
export function createMarks(): Marks {
  let hints: Hints = { marks: [], low: 1 }
  /** Nothing can enter a lane below this one any more. */
  let sealed = 1
  let candidates: Candidate[] = []
  let before: { seq: number; writers: string[] } | undefined

  function prove(candidate: Candidate, look: LookRow) {
    const marks = look.prios.map((_, i) => {
      const first = look.first[i]
      const proved = candidate.marks[i] ?? 0
      const bounded = first ? Math.min(proved, first - 1) : proved
      return Math.max(hints.marks[i] ?? 0, look.marks[i] ?? 0, bounded)
    })
    hints = { ...hints, marks }
    sealed = Math.max(sealed, candidate.cur)
  }

  /** Rows of a sealed lane can only leave it, so what a look sees there holds at once. */
  function passLanes(look: LookRow) {
    const lanes: LaneMark[] = []
    for (const [i, lane] of look.lanes.entries()) {
      if (lane >= sealed) break
      lanes.push({ lane, priority: look.lane_priorities[i]!, position: look.lane_positions[i]! })
    }
    hints = { ...hints, low: Math.max(hints.low, look.low, lanes[0]?.lane ?? sealed), open: sealed, lanes }
  }

  return {
    get hints() {
      return hints
    },
    take(look) {
      const old = hints
      if (before) {
        const writing = new Set(before.writers)
        for (const candidate of candidates) {
          for (const writer of candidate.unfinished) if (!writing.has(writer)) candidate.unfinished.delete(writer)
          if (candidate.unfinished.size === 0) prove(candidate, look)
        }
        candidates = candidates.filter((candidate) => candidate.unfinished.size > 0)
        if (sealed > 1) passLanes(look)
        const previousSeq = before.seq
        if (candidates.length < MOST_CANDIDATES) {
          candidates.push({
            marks: look.first.map((first) => (first ? first - 1 : previousSeq)),
            cur: look.cur,
            unfinished: new Set(look.writers),
          })
        }
      }
      before = { seq: look.seq, writers: look.writers }
      return hints.low > old.low || hints.marks.some((mark, i) => mark > (old.marks[i] ?? 0))
    },
  }
}
