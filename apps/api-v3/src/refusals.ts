import type { Refusal } from '@weldmq/queue-core'
import { type Metrics, message } from '@weldmq/service-kit'

type Words = { [K in Refusal['kind']]: (refusal: Extract<Refusal, { kind: K }>) => [status: number, msg: string] }

/** How v3 says each refusal (contract v3 1.2). */
const words = {
  queue_not_found: () => [404, 'Queue not found'],
  message_not_found: () => [404, 'Message not found'],
  token_not_found: () => [404, 'Not found'],
  // The project went away after its token was looked at: the same words as before that (security row 3).
  project_not_found: () => [401, 'Invalid project/token combination'],
  reservation_required: () => [400, 'A reservation_id is required'],
  reservation_lapsed: () => [403, 'Reservation timed out'],
  // Sessions alone can cause it.
  only_watched_queue: () => [400, 'The only queue watched'],
  alert_duplicate: () => [400, 'At least one new alert duplicates current queue alerts.'],
  alerts_on_push_queue: () => [400, 'Push queues do not support alerts.'],
  subscriber_not_found: () => [404, 'Subscriber not found'],
  not_a_push_queue: () => [400, 'A pull queue cannot have subscribers'],
  alert_not_found: () => [404, 'Alert not found'],
  queue_type_fixed: () => [403, 'Queue type cannot be changed'],
  invalid: ({ field, rule }) => [400, `${fields[field] ?? field} ${rule}`],
  idempotency_key_reused: () => [422, 'This Idempotency-Key was used before with another request'],
  idempotency_key_in_use: () => [409, 'The first request with this Idempotency-Key has not ended yet'],
} satisfies Words

/** The core's names of fields, as v3 clients know them. */
const fields: Record<string, string> = {
  queue: 'Queue name',
  message_timeout: 'queue.message_timeout',
  message_expiration: 'queue.message_expiration',
  type: 'queue.type',
  push: 'queue.push',
  'push.subscribers': 'queue.push.subscribers',
  retries: 'queue.push.retries',
  retries_delay: 'queue.push.retries_delay',
  error_queue: 'queue.push.error_queue',
  rate: 'queue.push.rate',
  pause_after: 'queue.push.pause_after',
  dead_letter: 'queue.dead_letter',
  'dead_letter.queue_name': 'queue.dead_letter.queue_name',
  'dead_letter.max_reservations': 'queue.dead_letter.max_reservations',
}

export function answerRefusal(refusal: Refusal, metrics: Metrics): Response {
  metrics.countRefusal('v3', refusal.kind)
  const answer = words[refusal.kind] as (refusal: Refusal) => [status: number, msg: string]
  const [status, msg] = answer(refusal)
  return message(status, msg)
}
