import { plainRow } from '../line/rows.ts'
import { limits } from '../limits.ts'
import { ANYBODY, type Claim, type Ended } from './claiming.ts'
import type { Attempt } from './delivery.ts'
import { errorMessage, triedBy } from './error-message.ts'
import { reportedOn, wayOf } from './hops.ts'
import type { Outcome } from './recording.ts'
import { type Settled, settle } from './settle.ts'

/** What an attempt makes of its delivery. */
export function outcomeOf(claim: Claim, attempt: Attempt, now: Date): Outcome {
  const { push, tries, tried, candidates, acceptSeconds } = claim
  const standing = { push, tries, tried, receiver: claim.subscriber.id, candidates, acceptSeconds, now }
  const settled = settle(standing, attempt)
  return {
    claim,
    settled,
    answered: settled.state === 'delivered' || settled.state === 'accepted' ? 'well' : 'badly',
    ...reported(claim, settled),
  }
}

/** What becomes of a delivery that needs no attempt any more: stopped, or given up as not acknowledged (push.md E4). */
export function outcomeOfEnded({ claim, why }: Ended): Outcome {
  if (why === 'gone') return { claim, settled: { state: 'stopped' } }
  const settled: Settled = {
    state: 'failed',
    seconds: 0,
    tries: claim.tries,
    // It stays what was answered (push.md section 5).
    statusCode: 202,
    failure: 'accepted, and not acknowledged in time',
    tried: null,
  }
  return { claim, settled, ...reported(claim, settled) }
}

/**
 * The error message of a delivery that was given up, where the queue has an error queue (push.md section 6). It counts as
 * handed on: else error queues that deliver to each other would report each other's reports for ever.
 */
function reported(claim: Claim, settled: Settled): Pick<Outcome, 'posts'> {
  const { push, subscriber, messageId, body, pushHeaders, project } = claim
  if (settled.state !== 'failed' || push.errorQueue === undefined) return {}
  const hops = reportedOn(pushHeaders, claim.lane === ANYBODY ? 1 : push.subscribers.length)
  if (!hops) return {}
  const isPosted = wayOf(pushHeaders).hops === 0
  const tried = settled.tried ?? claim.tried
  const failed =
    tried.length > 0
      ? triedBy(tried, [...push.subscribers, ...push.removed])
      : [{ name: subscriber.name, url: subscriber.url, code: settled.statusCode, failure: settled.failure }]
  const headers = { ...subscriber.headers, ...pushHeaders }
  const shown = isPosted ? body : body.subarray(0, limits.reportedBodyBytes)
  const report = errorMessage({ messageId, body: shown, headers, failed })
  return { posts: { project, queue: push.errorQueue, row: plainRow(Buffer.from(report), hops) } }
}
