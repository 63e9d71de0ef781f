import type { Counters } from '../counters/counters.ts'
import type { Sql } from '../db/connect.ts'
import { plainRow, toColumns } from '../line/rows.ts'
import { insertMessages } from '../line/post.sql.ts'
import { OWED } from '../deliveries/due.sql.ts'
import type { Lanes } from '../deliveries/lanes.ts'
import type { Directory } from '../queues/directory.ts'
import { ANY_PUSH_QUEUE, type Signals } from '../signals/signals.ts'
import { alertMessage } from './alert-message.ts'
import { crossing } from './crossing.ts'
import { type SeenAlert, awaitLook, lockAlerts, nextAlerted, readAlerts, storeSeen } from './firing.sql.ts'

/** Queues that one round of the safety pass reads; the next round goes on behind them. */
const QUEUES_PER_PASS = 250
const MOST_ATTEMPTS = 3
/** A look adds up what is not folded, so the busier a queue with alerts is, the more often it is folded. */
const DELTAS_WORTH_A_FOLD = 64

/** What every statement that changes sizes says in its rows: whether the queue has alerts, and whether it is a push queue. */
export type Alerted = { alerted: boolean | null; pushed?: boolean }

export type Firing = {
  /**
   * A statement is committed that changed the size of the queue; rows of a queue without alerts cost nothing. Those who
   * deliver are told what was posted to push queues.
   */
  changed(queueId: number, rows: readonly Alerted[]): void
  /** The same for a statement on several queues, whose rows all name those that have alerts. */
  changedAmong(rows: readonly { alerted_queues: number[] | null; pushed_queues?: number[] | null }[]): void
  /** Resolves when what was changed here until now has fired what it had to; undefined when there is nothing to wait for. */
  settled(queueId: number): Promise<void> | undefined
  /** The answer of the work, once it has settled. Outside the statement's place in the dispatcher: nobody else waits. */
  after<Answer>(queueId: number, work: Promise<Answer>): Promise<Answer>
  /** Makes up for looks that failed and, leading, finds what a gateway that died left; called every 500 ms. */
  pass(leading: boolean): Promise<void>
  /** Resolves when no look is under way. */
  idle(): Promise<void>
}

/** The looks at one queue: the last one that was asked for, and whether it has yet to begin. */
type Looks = { last: Promise<number[]>; waiting: boolean }

/** Ends the transaction of a look whose target was deleted in the meantime. */
class TargetGone extends Error {}

/**
 * Alerts from the exact counters. After a statement that changed the size of a queue with alerts, one look at a time
 * compares the size with what the alerts saw last, and posts their messages in the transaction that stores what they
 * have seen: a crossing fires once, whoever looks, and is not lost with whoever was about to. The caller's answer waits
 * for the look, so that two calls of which one followed the other are two changes; what changed at the same time is one.
 */
export function createFiring(
  {
    sql,
    background,
    counters,
    directory,
    signals,
    lanes,
  }: {
    /** For looks, whose transactions may wait for each other; opened by the first alert. */
    sql: Sql
    background: Sql
    counters: Counters
    directory: Directory
    signals: Signals
    lanes: Pick<Lanes, 'expect'>
  },
  onFault: (fault: unknown, where: string) => void,
): Firing {
  const byQueue = new Map<number, Looks>()
  const folding = new Set<number>()
  /** Queues whose last look failed. */
  const missed = new Set<number>()
  let passed = 0

  function lookSoon(queueId: number) {
    const before = byQueue.get(queueId)
    if (before?.waiting) return
    const looks: Looks = { waiting: before !== undefined, last: Promise.resolve([]) }
    byQueue.set(queueId, looks)
    looks.last = look(queueId, before?.last, looks)
  }

  /** Resolves with the queues that got messages; a fault is told, and the safety pass comes by. */
  async function look(queueId: number, before: Promise<unknown> | undefined, looks: Looks): Promise<number[]> {
    await before
    looks.waiting = false
    try {
      return await evaluate(queueId)
    } catch (fault) {
      missed.add(queueId)
      onFault(fault, 'alerts')
      return []
    } finally {
      if (byQueue.get(queueId) === looks) byQueue.delete(queueId)
    }
  }

  /**
   * Mostly nothing is crossed, and then nothing is locked or written. Whoever looked before is waited for, since it may
   * not have seen the change that this look is for; whoever begins to look after that has.
   */
  async function evaluate(queueId: number): Promise<number[]> {
    await awaitLook(sql, queueId)
    const alerts = await readAlerts(sql, [queueId])
    if (alerts[0] && alerts[0].deltas >= DELTAS_WORTH_A_FOLD) foldSoon(queueId)
    if (!alerts.some(isCrossed)) return []
    for (let attempt = 1; ; attempt++) {
      try {
        return await fireCrossings(queueId)
      } catch (fault) {
        if (!(fault instanceof TargetGone) || attempt === MOST_ATTEMPTS) throw fault
      }
    }
  }

  function foldSoon(queueId: number) {
    if (folding.has(queueId)) return
    folding.add(queueId)
    counters
      .fold(queueId)
      .catch((fault: unknown) => onFault(fault, 'counters'))
      .finally(() => folding.delete(queueId))
  }

  async function fireCrossings(queueId: number): Promise<number[]> {
    const targetIds: number[] = []
    const posted = await counters.count(targetIds, (slot, seq) =>
      sql.begin(async (tx) => {
        const done: { targetId: number; count: number; rows: readonly Alerted[] }[] = []
        await lockAlerts(tx, queueId)
        const alerts = await readAlerts(tx, [queueId])
        if (!alerts.some(isCrossed)) return done
        const fired = alerts.filter((one) => !one.snoozed && crossing(one, one.seen, one.size) === 'fires')
        await storeSeen(tx, { queueId, size: alerts[0]!.size, fired: fired.map(({ id }) => id) })
        for (const target of new Set(fired.map((one) => one.target))) {
          const some = fired.filter((one) => one.target === target)
          const { project } = some[0]!
          const targetId = await directory.findOrCreate(project, target)
          if (targetId === undefined) continue
          const columns = toColumns(some.map((alert) => plainRow(Buffer.from(alertMessage(alert)))))
          const rows = await insertMessages(tx, { queueId: targetId, slot, seq, ...columns })
          if (rows.length === 0) {
            directory.forget(project, target)
            throw new TargetGone()
          }
          done.push({ targetId, count: rows.length, rows })
        }
        targetIds.splice(0, Infinity, ...done.map(({ targetId }) => targetId))
        return done
      }),
    )
    for (const { targetId, count, rows } of posted) {
      signals.ready(targetId, count)
      firing.changed(targetId, rows)
    }
    return targetIds
  }

  function owes(queueIds: number[]) {
    for (const queueId of queueIds) lanes.expect(queueId, OWED)
    signals.ready(ANY_PUSH_QUEUE, 1)
  }

  /** Also waits for what the alert messages set off themselves; progressive alerts form no circle, so that ends. */
  async function follow(looks: Promise<number[]>): Promise<void> {
    for (const targetId of await looks) await firing.settled(targetId)
  }

  const firing: Firing = {
    changed(queueId, rows) {
      if (rows[0]?.alerted) lookSoon(queueId)
      if (rows[0]?.pushed) owes([queueId])
    },
    changedAmong(rows) {
      for (const queueId of rows[0]?.alerted_queues ?? []) lookSoon(queueId)
      if (rows[0]?.pushed_queues) owes(rows[0].pushed_queues)
    },
    settled(queueId) {
      const looks = byQueue.get(queueId)
      return looks && follow(looks.last)
    },
    async after(queueId, work) {
      const answer = await work
      const looks = firing.settled(queueId)
      if (looks) await looks
      return answer
    },
    async pass(leading) {
      for (const queueId of missed) if (missed.delete(queueId)) lookSoon(queueId)
      if (!leading) return
      const queueIds = (await nextAlerted(background, passed, QUEUES_PER_PASS)).map((row) => row.queue_id)
      passed = queueIds.length < QUEUES_PER_PASS ? 0 : queueIds.at(-1)!
      if (queueIds.length === 0) return
      const rows = await readAlerts(background, queueIds)
      const moved = rows.filter(isCrossed).map((row) => row.queue_id)
      for (const queueId of moved) lookSoon(queueId)
      for (const queueId of moved) await firing.settled(queueId)
    },
    async idle() {
      while (byQueue.size > 0) await Promise.all([...byQueue.values()].map((looks) => looks.last))
    },
  }
  return firing
}

const isCrossed = (one: SeenAlert) => crossing(one, one.seen, one.size) !== 'none'
