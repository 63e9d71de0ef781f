import { deadLetter } from '../messages/dead-letter.ts'
import type { Taken } from '../line/reserving.ts'
import { newReservationId } from '../line/reservation-id.ts'
import { reserveById } from '../line/reserve-by-id.sql.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { locate } from './describe.sql.ts'
import { toHold } from './holds.ts'
import type { SessionParts, SessionState } from './session-parts.ts'
import type { HeldMessage, SessionReserve } from './session.ts'

/** Looks again after this time even if nobody called, while the database cannot be reached. */
const TRY_AGAIN_MS = 500
/** Timers cannot be set for longer than 24 days. */
const LOOK_UP_MS = 86_400_000
/** The message's own timeout, or else the queue's. */
const OWN_TIMEOUT = -1

/**
 * Takes the first ready message of all watched queues, or waits for one. The last second of a reservation that the
 * session holds ends the wait (contract beanstalk, section 8.1). While somebody waits, a database that cannot be reached
 * is waited for as well.
 */
export async function reserveForSession(
  parts: SessionParts,
  state: SessionState,
  { waitSeconds, signal }: { waitSeconds: number; signal?: AbortSignal },
): Promise<SessionReserve> {
  const { project, holds } = state
  const deadline = performance.now() + waitSeconds * 1000
  const isOver = () => state.closed || signal?.aborted === true
  const watched = [...state.watched]
  let waiter: ReturnType<SessionParts['signals']['wait']> | undefined
  let sees: number[] = []
  const count = (by: 1 | -1) => {
    for (const queue of watched) parts.presence.waiting(project, queue, by)
  }
  const join = () => {
    waiter = parts.signals.wait(...sees)
    count(1)
  }
  const leave = () => {
    if (!waiter) return
    waiter.leave()
    waiter = undefined
    count(-1)
  }
  try {
    for (;;) {
      const look = takeFirst(parts, project, watched, (queueIds) => (sees = queueIds))
      const taken = await look.catch((fault: unknown) => {
        if (waitSeconds > 0) return 'unreachable' as const
        throw fault
      })
      if (typeof taken === 'object') {
        if (isOver()) {
          await parts.returns.giveBack([{ project, messageId: taken.id, hold: toHold(taken), as: 'undo' }])
          return { kind: 'timed_out' }
        }
        holds.set(taken.id, taken)
        return { kind: 'reserved', message: { id: taken.id, body: taken.body } }
      }
      const now = performance.now()
      const margin = holds.marginBegins(now)
      if (now >= margin) return { kind: 'deadline_soon' }
      if (now >= deadline || isOver() || parts.signals.isDrained()) return { kind: 'timed_out' }
      if (taken === 'gone') leave()
      else if (!waiter) join()
      else {
        const until = Math.min(deadline, margin, now + (taken === 'unreachable' ? TRY_AGAIN_MS : LOOK_UP_MS))
        await waiter.next(until, endOfWaits(state, signal))
      }
    }
  } finally {
    leave()
    state.waits = undefined
  }
}

/** Made only once somebody really waits: most reserves find something, and most sessions idle. */
function endOfWaits(state: SessionState, signal: AbortSignal | undefined): AbortSignal {
  if (!state.waits) {
    const waits = (state.waits = new AbortController())
    signal?.addEventListener('abort', () => waits.abort(), { once: true, signal: waits.signal })
  }
  return state.waits.signal
}

/** Dead letters are moved out of the way; what is due by now counts as ready. */
async function takeFirst(
  parts: SessionParts,
  project: string,
  watched: string[],
  sees: (queueIds: number[]) => void,
): Promise<(Taken & { queue: string }) | 'nothing' | 'gone'> {
  const found = await Promise.all(watched.map((queue) => parts.presence.queueId(project, queue)))
  const queueIds = found.filter((id) => id !== undefined)
  sees(queueIds)
  if (queueIds.length === 0) return 'nothing'
  const want = { timeoutSeconds: OWN_TIMEOUT, holder: await parts.lease.gateway() }
  for (let flipped = false; ;) {
    const taken =
      queueIds.length === 1
        ? await parts.line.reserve({ project, queueId: queueIds[0]! }, { count: 1, ...want })
        : await parts.line.reserveAcross(project, queueIds, want)
    if (!taken) {
      for (const queue of watched) parts.directory.forget(project, queue)
      return 'gone'
    }
    const [first] = taken
    if (first?.dead) await deadLetter(parts, { project, queueId: first.queueId }, [first])
    else if (first) return { ...first, queue: watched[found.indexOf(first.queueId)]! }
    else if (flipped || (await parts.flipDue()) === 0) return 'nothing'
    else flipped = true
  }
}

/** Takes that message out of whatever queue and state; refused where somebody holds it. */
export async function reserveMessageForSession(
  parts: SessionParts,
  { project, holds }: SessionState,
  messageId: number,
): Promise<Result<HeldMessage>> {
  for (let flipped = false; ; flipped = true) {
    const [place] = await locate(parts.hot, project, messageId)
    if (!place) break
    const reservation = newReservationId()
    const holder = await parts.lease.gateway()
    const { queue_id: queueId } = place
    const want = { queueId, id: messageId, reservation, timeoutSeconds: OWN_TIMEOUT, holder }
    const [taken] = await reserveById(parts.hot, want)
    if (taken) {
      holds.set(messageId, { queue: place.name, queueId, reservation, seconds: taken.seconds })
      return ok({ id: taken.id, body: taken.body })
    }
    if (flipped || (await parts.flipDue()) === 0) break
  }
  return refuse({ kind: 'message_not_found', id: messageId })
}
