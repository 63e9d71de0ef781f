import { type Refusal, Unavailable } from '@weldmq/queue-core'
import { toWireId } from '@weldmq/v3-wire'

/** What an `error` frame says. */
export type Problem = {
  code: string
  msg: string
  /** Whether the same frame may fare better later. */
  temporary: boolean
  retryAfterSeconds?: number
}

type Words = { [K in Refusal['kind']]: (refusal: Extract<Refusal, { kind: K }>) => string }

/** How the stream says each refusal; the code is the core's own name of it. */
const words = {
  queue_not_found: () => 'Queue not found',
  project_not_found: () => 'Project not found',
  message_not_found: ({ id }) => `${named(id)} not found`,
  reservation_required: ({ id }) => `${named(id)} needs a reservation_id`,
  reservation_lapsed: ({ id }) => `The reservation of message ${toWireId(id)} is over`,
  // The core calls it as HTTP does.
  invalid: ({ field, rule }) => `${field === 'Idempotency-Key' ? 'key' : field} ${rule}`,
  idempotency_key_reused: () => 'This key was used before with another post',
  idempotency_key_in_use: () => 'The first post with this key has not ended yet',
  // No frame can cause the others.
  token_not_found: () => 'Token not found',
  only_watched_queue: () => 'The only queue watched',
  alert_duplicate: () => 'The queue has such an alert',
  alert_not_found: () => 'Alert not found',
  alerts_on_push_queue: () => 'Push queues have no alerts',
  queue_type_fixed: () => 'The type of a queue is fixed',
  not_a_push_queue: () => 'This is no push queue',
  subscriber_not_found: () => 'Subscriber not found',
} satisfies Words

const named = (id: number) => (id > 0 ? `Message ${toWireId(id)}` : 'The message')

export function problemOfRefusal(refusal: Refusal): Problem {
  const say = words[refusal.kind] as (refusal: Refusal) => string
  const temporary = refusal.kind === 'idempotency_key_in_use'
  return { code: refusal.kind, msg: say(refusal), temporary, ...(temporary ? { retryAfterSeconds: 1 } : {}) }
}

/** Something thrown: `unavailable` only when nothing was stored, otherwise the outcome is not known. */
export const problemOfFault = (fault: unknown): Problem =>
  fault instanceof Unavailable
    ? { code: 'unavailable', msg: 'Temporarily unavailable, nothing was stored', temporary: true, retryAfterSeconds: 1 }
    : { code: 'internal', msg: 'Internal error; what became of it is not known', temporary: true, retryAfterSeconds: 1 }
