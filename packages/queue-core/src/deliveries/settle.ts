import { limits } from '../limits.ts'
import type { StoredPush } from '../queues/push.ts'
import type { Attempt } from './delivery.ts'
import type { StoredTried } from './tried.ts'

/** Where a delivery stands when an attempt has been made. */
export type Standing = {
  push: Pick<StoredPush, 'retries' | 'retriesDelaySeconds'>
  /** Attempts so far; of a unicast queue, rounds. */
  tries: number
  tried: StoredTried[]
  /** Who was tried now. */
  receiver: number
  /** Of a unicast queue: all who may be tried; empty where it is owed to one. */
  candidates: number[]
  /** How long the receiver may take to acknowledge what it has accepted (push.md K8). */
  acceptSeconds: number
  now: Date
}

export type Settled = {
  state: 'waiting' | 'accepted' | 'delivered' | 'failed'
  /** Until it is due again. */
  seconds: number
  tries: number
  statusCode: number
  failure: string | null
  tried: StoredTried[] | null
}

/** Characters of a failure that are kept however many were tried. */
const LEAST_FAILURE = 64

/** What becomes of a delivery after an attempt (push.md section 4). */
export function settle(standing: Standing, attempt: Attempt): Settled {
  const { push, tries } = standing
  const { statusCode } = attempt
  const good = statusCode >= 200 && statusCode <= 299
  const failure = good ? null : (attempt.failure ?? null)
  const tried = standing.candidates.length > 0 ? withAttempt(standing, attempt) : null
  const over = { tries: tries + 1, statusCode, failure, tried }
  if (statusCode === 202) return { ...over, state: 'accepted', seconds: standing.acceptSeconds }
  if (good) return { ...over, state: 'delivered', seconds: 0 }
  // Of a unicast queue, the next subscriber at once, until all were tried: only then the round is over (C1, C2).
  const here = new Set(tried?.filter(({ round }) => round === tries).map(({ id }) => id))
  if (tried && standing.candidates.some((id) => !here.has(id))) return { ...over, tries, state: 'waiting', seconds: 0 }
  if (tries + 1 > push.retries) return { ...over, state: 'failed', seconds: 0 }
  const wished = Math.min(attempt.retryAfterSeconds ?? 0, limits.retryAfterSeconds)
  return { ...over, state: 'waiting', seconds: Math.max(push.retriesDelaySeconds, wished) }
}

/**
 * What was tried so far, with one attempt more. What failures say is cut where very many may be tried: all of them are
 * stored, read and written with each attempt.
 */
export function withAttempt(
  standing: Omit<Standing, 'push' | 'acceptSeconds'>,
  { statusCode, failure }: Attempt,
): StoredTried[] {
  const { tried, tries, receiver, now, candidates } = standing
  const most = Math.max(LEAST_FAILURE, Math.floor(limits.triedCharacters / candidates.length))
  const before = tried.find(({ id }) => id === receiver)
  const one: StoredTried = {
    id: receiver,
    code: statusCode,
    tries: (before?.tries ?? 0) + 1,
    at: now.toISOString(),
    ...(failure !== undefined && { failure: failure.slice(0, most).toWellFormed() }),
    round: tries,
  }
  return [...tried.filter((other) => other !== before), one]
}
