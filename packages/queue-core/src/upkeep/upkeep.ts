import { setTimeout as pause } from 'node:timers/promises'
import type { Firing } from '../alerts/firing.ts'
import { foldOrphans, forgetWriters } from '../counters/counters.sql.ts'
import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { flipDue } from '../line/give-back.sql.ts'
import type { Keeper } from '../line/keeper.ts'
import { forgetEnded, purgeDeliveries } from '../deliveries/ending.sql.ts'
import { limits } from '../limits.ts'
import type { Directory } from '../queues/directory.ts'
import type { Tallies } from '../sessions/tallies.ts'
import type { Signals } from '../signals/signals.ts'
import { type Task, every } from './every.ts'
import type { Leader } from './leader.ts'
import { deleteExpired, forgetDeleted, forgetKeys, purgeDeleted } from './upkeep.sql.ts'

const BATCH = 500
/** How often the marks of the two indexes of moments are set aside: somebody else's program may have written there. */
const FROM_THE_START_MS = { due: 600_000, expiring: 60_000 }
/** A reserve that found nothing waits at most so long for what is due, however much that is. */
const CALLER_WAITS_MS = 250
const FROM_THE_START = '-infinity'

export type Upkeep = {
  /** Makes ready what is due by now, in all queues, or as much of it as 250 ms allow; callers share one round. */
  flipDue(): Promise<number>
  start(): void
  stop(): Promise<void>
}

type UpkeepParts = {
  sql: Sql
  counters: Counters
  keeper: Keeper
  signals: Signals
  directory: Directory
  tallies: Tallies
  firing: Firing
  /** Left out, everybody leads. */
  leader?: Leader
}

/**
 * Work that nobody asked for, in small batches. What the database needs but once is done by the gateway that leads; any
 * number of gateways may do it at the same time, and a caller who finds nothing sees to what is due by itself.
 */
export function createUpkeep(
  { sql, counters, keeper, signals, directory, tallies, firing, leader }: UpkeepParts,
  onFault: (fault: unknown, where: string) => void,
): Upkeep {
  const due = createMark(FROM_THE_START_MS.due)
  const expiring = createMark(FROM_THE_START_MS.expiring)
  /** The bound of the round before: whoever is invisible to this round was under way then, or has begun since. */
  let bound: string | undefined
  let flipping: Promise<number> | undefined
  let tasks: Task[] = []

  async function flipRound(): Promise<number> {
    let all = 0
    for (;;) {
      const rows = await flipDue(sql, { mark: due.value(), limit: BATCH })
      let flipped = 0
      for (const row of rows) {
        if (row.queue_id === null) continue
        flipped += row.flipped
        signals.ready(row.queue_id, row.flipped)
        const project = row.lapsed > 0 ? directory.projectOf(row.queue_id) : undefined
        if (project !== undefined) tallies.timedOut(project, row.lapsed)
      }
      all += flipped
      const { seen, bound: next } = rows[0]!
      // Where others are at it, they will finish it; what they hold is due again if they end without a change.
      if (seen < BATCH || flipped < seen) {
        if (bound !== undefined && flipped === seen) due.advance(bound)
        bound = next
        return all
      }
    }
  }

  /** How many are ready now; something, when the round goes on. */
  async function flipForCaller(): Promise<number> {
    const round = shared()
    const tooLong = new AbortController()
    const soon = pause(CALLER_WAITS_MS, 1, { ref: false, signal: tooLong.signal }).catch(() => 0)
    try {
      return await Promise.race([round, soon])
    } finally {
      tooLong.abort()
    }
  }

  async function expire() {
    for (;;) {
      const queueIds: number[] = []
      const rows = await counters.count(queueIds, async (slot, seq) => {
        const deleted = await deleteExpired(sql, { slot, seq, mark: expiring.value(), limit: BATCH })
        for (const row of deleted) if (row.queue_id !== null) queueIds.push(row.queue_id)
        return deleted
      })
      for (const row of rows) if (row.queue_id !== null) firing.changed(row.queue_id, [row])
      if (rows.reduce((sum, row) => sum + row.deleted, 0) < BATCH) return expiring.advance(rows[0]!.mark)
    }
  }

  async function purge() {
    for (;;) {
      const [round] = await purgeDeleted(sql, 5000)
      const [deliveries] = await purgeDeliveries(sql, 5000)
      if (round!.purged + deliveries!.purged === 0) return
    }
  }

  async function forgetDeliveries() {
    while ((await forgetEnded(sql, BATCH))[0]!.forgotten === BATCH);
  }

  const shared = () => (flipping ??= flipRound().finally(() => (flipping = undefined)))

  const ifLeading = (work: () => Promise<unknown>) => async () => {
    if (!leader || leader.leads()) await work()
  }

  return {
    flipDue: flipForCaller,
    start() {
      tasks = [
        every(100, 'marks', () => keeper.look(), onFault),
        every(200, 'due', ifLeading(shared), onFault),
        every(500, 'expiry', ifLeading(expire), onFault),
        every(500, 'alerts', () => firing.pass(!leader || leader.leads()), onFault),
        every(1000, 'counters', () => counters.fold(), onFault),
        every(1000, 'signals', () => signals.poll(), onFault),
        every(1000, 'purge', ifLeading(purge), onFault),
        every(1000, 'deliveries', ifLeading(forgetDeliveries), onFault),
        every(2000, 'stored marks', () => keeper.store(), onFault),
        every(1000, 'leader', async () => leader?.renew(), onFault),
        every(10_000, 'writer slot', () => counters.renew(), onFault),
        every(
          60_000,
          'leftovers',
          ifLeading(async () => {
            await foldOrphans(sql)
            await forgetWriters(sql)
            await forgetDeleted(sql)
            await forgetKeys(sql, limits.idempotencyKeepHours)
          }),
          onFault,
        ),
      ]
    },
    async stop() {
      await Promise.all(tasks.map((task) => task.stop()))
      await flipping?.catch(() => undefined)
    },
  }
}

/** A moment before which an index of moments holds nothing but dead entries, set aside now and then. */
function createMark(fromTheStartMs: number) {
  let mark = FROM_THE_START
  let setAsideAt = performance.now()
  return {
    value: () => mark,
    advance(to: string) {
      const now = performance.now()
      if (now - setAsideAt < fromTheStartMs) {
        mark = to
      } else {
        mark = FROM_THE_START
        setAsideAt = now
      }
    },
  }
}
