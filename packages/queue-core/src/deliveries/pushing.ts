import { ANY_PUSH_QUEUE } from '../signals/signals.ts'
import type { Access } from '../tokens/token.ts'
import { type RecordParts, recordAll } from './recording.ts'
import { ANYBODY, type Claim, type Delivering, type Ended, claimDue, openFor } from './claiming.ts'
import type { DueQueue, Pushing } from './delivery.ts'
import { type DeliveringRow, OWED, readDelivering, readHealth } from './due.sql.ts'
import type { DueLane, Lanes } from './lanes.ts'
import { forwarded } from './forwarding.ts'
import { returnOwed, returnToLine, stopLanes } from './ending.ts'
import { outcomeOf, outcomeOfEnded } from './outcome.ts'

/** Timers cannot be set for longer than 24 days. */
const LONGEST_WAIT_MS = 86_400_000
const PLENTY = 1_000_000
/** How long one look ends, or returns to their lines, what is owed to nobody: all else waits meanwhile. The next ones go on. */
const TURN_MS = 100

type Parts = RecordParts & {
  lanes: Lanes
  authorize(token: string, project: string): Promise<Access | undefined>
}

/** The core's side of delivering (delivery.ts). */
export function createPushing(parts: Parts): Pushing {
  const { sql, signals, lanes } = parts
  const found = new WeakMap<DueQueue, Delivering>()
  let waiter: ReturnType<typeof signals.wait> | undefined

  async function due(): Promise<DueQueue[]> {
    const byQueue = await lanes.due()
    if (byQueue.size === 0) return []
    const rows = await readDelivering(sql, [...byQueue.keys()])
    const careful = rows.filter(({ push }) => push?.pauseAfter).map((row) => row.queue_id)
    const health = careful.length > 0 ? await readHealth(sql, careful) : []
    const all: DueQueue[] = []
    const until = performance.now() + TURN_MS
    const isTime = () => performance.now() < until
    for (const row of fromSomewhere(rows)) {
      const work = byQueue.get(row.queue_id)!
      const worked = work.map(({ lane }) => lane)
      if (row.push === null) {
        if (isTime()) await returnToLine(parts, row.queue_id, worked, until)
      } else {
        const since = row.push.since ?? 0
        const isOlder = work.some(({ first = Infinity }) => first <= since)
        const isHeldUp = isOlder && !(isTime() && (await returnOwed(parts, row.queue_id, until)))
        const now = isHeldUp ? work.filter(({ lane }) => lane !== OWED) : work
        const one = toDelivering(row as Delivering['row'], now, health)
        const { subscribers } = one.row.push
        const isGone = (lane: number) =>
          lane === ANYBODY ? subscribers.length === 0 : !subscribers.some(({ id }) => id === lane)
        const gone = one.lanes.map(({ lane }) => lane).filter(isGone)
        if (gone.length > 0 && isTime()) await stopLanes(parts, row.queue_id, gone, until)
        // Nobody is there for what is posted: it leaves at once (push.md M3, M4).
        const isOwedToNobody = one.owed !== undefined && subscribers.length === 0
        if (isOwedToNobody && isTime()) await openFor(parts, one, new Map())
        if (one.receivers.length === 0) continue
        const queue: DueQueue = {
          project: one.project,
          queue: one.queue,
          queueId: one.queueId,
          receivers: one.receivers,
        }
        found.set(queue, one)
        all.push(queue)
      }
    }
    return all
  }

  async function settleEnded(ended: Ended[]) {
    await recordAll(
      parts,
      ended.map((one) => outcomeOfEnded(one)),
    )
  }

  return {
    due,
    async claim(queue, room, mostBytes) {
      const on = found.get(queue)
      if (!on) throw new Error('claim takes a queue as due has found it')
      const { claims, ended } = await claimDue(parts, on, room, mostBytes)
      if (ended.length > 0) await settleEnded(ended)
      return claims
    },
    async record(attempts) {
      const now = new Date()
      await recordAll(
        parts,
        attempts.map(({ delivery, attempt }) => outcomeOf(delivery as Claim, attempt, now)),
      )
    },
    async forward(deliveries) {
      await recordAll(parts, await Promise.all(deliveries.map((one) => forwarded(parts, one as Claim))))
    },
    async wait(deadline, signal) {
      waiter ??= signals.wait(ANY_PUSH_QUEUE)
      await waiter.next(Math.min(deadline, performance.now() + LONGEST_WAIT_MS), signal)
    },
  }
}

/** In a circle from anywhere, so that nobody is always first. */
function fromSomewhere<T>(all: readonly T[]): T[] {
  const first = Math.floor(Math.random() * all.length)
  return [...all.slice(first), ...all.slice(0, first)]
}

function toDelivering(
  row: DeliveringRow & Delivering['row'],
  work: DueLane[],
  health: readonly { queue_id: number; subscriber: number; failures: number; paused: boolean }[],
): Delivering {
  const { push, queue_id: queueId } = row
  const owed = work.find(({ lane }) => lane === OWED)?.mark
  const lanes = work.filter(({ lane }) => lane !== OWED)
  const everybody = owed !== undefined || lanes.some(({ lane }) => lane === ANYBODY)
  const receivers = push.subscribers.flatMap(({ id, url }) => {
    if (!everybody && !lanes.some(({ lane }) => lane === id)) return []
    const failing = health.find((one) => one.queue_id === queueId && one.subscriber === id)
    if (failing?.paused) return []
    // Once its pause is over, one delivery finds out how it is.
    const isProbed = failing !== undefined && failing.failures >= (push.pauseAfter ?? Infinity)
    return [{ id, url, most: isProbed ? 1 : PLENTY }]
  })
  const queues = push.subscribers.filter(({ url }) => /^ironmq:/i.test(url)).length
  return { project: row.project, queue: row.name, queueId, receivers, row, owed, lanes, queues }
}
