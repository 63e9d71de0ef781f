import type { Taken } from '../line/reserving.ts'
import type { OnLine } from '../line/line.ts'
import { limits } from '../limits.ts'
import { checkWhole } from '../queues/check.ts'
import { type Result, ok } from '../refusal.ts'
import { deadLetter } from './dead-letter.ts'
import type { ReserveMessages, ReservedMessage } from './message.ts'
import { GONE, type Parts, unlessInvalid } from './on-queue.ts'

/**
 * Hands out up to `count` ready messages, most urgent first, then in the order of posting, each with a reservation of
 * its own. Messages that were reserved as often as the queue allows go to its dead letter queue instead.
 */
export function reserveMessages(parts: Parts, command: ReserveMessages): Promise<Result<ReservedMessage[]>> {
  const wrong =
    checkWhole('n', command.count, limits.count) ??
    checkWhole('timeout', command.timeoutSeconds, limits.messageTimeoutSeconds) ??
    checkWhole('wait', command.waitSeconds, limits.waitSeconds)
  return unlessInvalid(parts, command, wrong, async (on) => {
    const taken = command.waitSeconds ? await waitFor(parts, on, command) : await take(parts, on, command)
    if (taken === GONE) return GONE
    if (command.signal?.aborted) return ok(await giveAllBack(parts, on, taken))
    if (command.delete) return ok(await deleteTaken(parts, on, taken))
    return ok(taken.map(toReserved))
  })
}

type Wanted = Pick<ReserveMessages, 'count' | 'timeoutSeconds' | 'open'>

/** Joins the waiters first and looks then, so that nothing that becomes ready in between is missed. */
async function waitFor(parts: Parts, on: OnLine, command: ReserveMessages): Promise<Taken[] | typeof GONE> {
  const deadline = performance.now() + command.waitSeconds! * 1000
  const waiter = parts.signals.wait(on.queueId)
  try {
    for (;;) {
      const taken = await take(parts, on, command)
      if (taken === GONE || taken.length > 0) return taken
      if (!(await waiter.next(deadline, command.signal))) return []
    }
  } finally {
    waiter.leave()
  }
}

/** What `reserveMessages` takes when it does not wait: upkeep flips what is due, and a caller who finds nothing helps. */
export async function take(parts: Parts, on: OnLine, command: Wanted): Promise<Taken[] | typeof GONE> {
  const taken = await takeLive(parts, on, command)
  if (taken === GONE || taken.length > 0) return taken
  return (await parts.flipDue()) > 0 ? takeLive(parts, on, command) : taken
}

/** Dead letters do not count towards what the caller gets, so it asks again in their place. */
async function takeLive(parts: Parts, on: OnLine, command: Wanted): Promise<Taken[] | typeof GONE> {
  const live: Taken[] = []
  for (;;) {
    const taken = await parts.line.reserve(on, {
      count: command.count - live.length,
      timeoutSeconds: command.timeoutSeconds ?? (command.open ? -1 : 0),
      holder: command.open ? 0 : null,
    })
    if (!taken) return live.length > 0 ? live : GONE
    const dead = taken.filter((one) => one.dead)
    for (const one of taken) if (!one.dead) live.push(one)
    if (dead.length === 0) return live
    await deadLetter(parts, on, dead)
    if (live.length >= command.count) return live
  }
}

/** Whoever asked is gone, or may no longer have them: nothing is handed out. */
async function giveAllBack(parts: Parts, on: OnLine, taken: Taken[]): Promise<ReservedMessage[]> {
  await Promise.all(
    taken.map(({ id, reservation }) => parts.line.giveBack(on, { id, reservation, delaySeconds: 0, as: 'undo' })),
  )
  if (taken.length > 0) parts.signals.ready(on.queueId, taken.length)
  return []
}

/** Only what is surely deleted is handed out; what lapsed meanwhile belongs to the queue again. */
async function deleteTaken(parts: Parts, on: OnLine, taken: Taken[]): Promise<ReservedMessage[]> {
  const deleted = await Promise.all(taken.map(({ id, reservation }) => parts.line.finish(on, { id, reservation })))
  return taken.filter((_, i) => deleted[i]).map(toReserved)
}

const toReserved = ({ id, body, reservation, reservedCount, priority, seconds }: Taken): ReservedMessage => ({
  id,
  body,
  reservationId: reservation,
  reservedCount,
  timeoutSeconds: Math.round(seconds),
  priority,
})
