import type { Sql } from '../db/connect.ts'
import { isDeadlock, isRolledBack } from '../db/faults.ts'
import { claimSlot, foldOwn, renewSlot } from './counters.sql.ts'

/** A slot that was not renewed for this long must not be written under; others call a writer dead only after a day. */
const SLOT_TRUSTED_MS = 10 * 60_000
const MOST_ATTEMPTS = 5

/**
 * Thrown within a transaction to undo it. Its outcome is known, since nobody has asked Postgres to commit.
 */
export class Undone extends Error {}

export type Counters = {
  /**
   * Runs a statement that writes a delta for each of the queues, under a slot and a number that nobody else uses.
   * One that Postgres gave up to end a deadlock left nothing behind and is run again.
   */
  count<T>(queueIds: number | number[], statement: (slot: number, seq: number) => Promise<T>): Promise<T>
  /** Folds what is surely done into the base rows, of one queue or of all; at most so many in one statement. */
  fold(queueId?: number): Promise<void>
  /** Keeps the slot ours. */
  renew(): Promise<void>
}

type Slot = { slot: number; seq: number; underWay: Set<number>; renewedAt: number }

/**
 * Exact counts without a row that everybody updates: each statement that posts or deletes inserts one delta under this
 * process's slot. When the outcome of a statement is not known, the slot is left behind, since nothing beyond that
 * number could be folded; upkeep of any process folds it as an orphan.
 */
export function createCounters(sql: Sql): Counters {
  let current: Promise<Slot> | undefined
  /** Queues with deltas of the current slot that are not folded. */
  let dirty = new Set<number>()

  async function claim(): Promise<Slot> {
    const [row] = await claimSlot(sql)
    dirty = new Set()
    return { slot: row!.slot, seq: 0, underWay: new Set(), renewedAt: performance.now() }
  }

  async function slot(): Promise<Slot> {
    current ??= claim()
    try {
      const held = await current
      if (performance.now() - held.renewedAt < SLOT_TRUSTED_MS) return held
    } catch (fault) {
      current = undefined
      throw fault
    }
    current = undefined
    return slot()
  }

  return {
    async count(queueIds, statement) {
      for (let attempt = 1; ; attempt++) {
        const held = await slot()
        const seq = ++held.seq
        held.underWay.add(seq)
        try {
          const answer = await statement(held.slot, seq)
          held.underWay.delete(seq)
          if (typeof queueIds === 'number') dirty.add(queueIds)
          else for (const queueId of queueIds) dirty.add(queueId)
          return answer
        } catch (fault) {
          if (isRolledBack(fault) || fault instanceof Undone) held.underWay.delete(seq)
          else if ((await current?.catch(() => undefined)) === held) current = undefined
          if (!isDeadlock(fault) || attempt === MOST_ATTEMPTS) throw fault
        }
      }
    },
    async fold(queueId) {
      const held = await current?.catch(() => undefined)
      if (!held || (queueId === undefined ? dirty.size === 0 : !dirty.has(queueId))) return
      const upTo = held.underWay.size === 0 ? held.seq : Math.min(...held.underWay) - 1
      const queueIds = queueId === undefined ? [...dirty].slice(0, 1000) : [queueId]
      for (const folding of queueIds) dirty.delete(folding)
      try {
        await foldOwn(sql, { queueIds, slot: held.slot, upTo })
      } catch (fault) {
        for (const unfolded of queueIds) dirty.add(unfolded)
        throw fault
      }
      // What was still under way has to be looked at again.
      if (upTo < held.seq) for (const unfolded of queueIds) dirty.add(unfolded)
    },
    async renew() {
      const held = await current?.catch(() => undefined)
      if (!held) return
      const [row] = await renewSlot(sql, held.slot)
      if (row) held.renewedAt = performance.now()
      else current = undefined
    },
  }
}
