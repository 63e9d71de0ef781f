import type { Refusal } from '@weldmq/queue-core'
import { type Metrics, message } from '@weldmq/service-kit'

type Answer = [status: number, msg: string]

/** How these routes say each refusal; most belong to queues and cannot come up here. */
const words = {
  project_not_found: [404, 'Project not found'],
  token_not_found: [404, 'Token not found'],
  invalid: [400, ''],
  queue_not_found: [404, 'Queue not found'],
  message_not_found: [404, 'Message not found'],
  reservation_required: [400, 'A reservation_id is required'],
  reservation_lapsed: [403, 'Reservation timed out'],
  only_watched_queue: [400, 'The only queue watched'],
  alert_duplicate: [400, 'At least one new alert duplicates current queue alerts.'],
  alerts_on_push_queue: [400, 'Push queues do not support alerts.'],
  subscriber_not_found: [404, 'Subscriber not found'],
  not_a_push_queue: [400, 'A pull queue cannot have subscribers'],
  alert_not_found: [404, 'Alert not found'],
  queue_type_fixed: [403, 'Queue type cannot be changed'],
  idempotency_key_reused: [422, 'This Idempotency-Key was used before with another request'],
  idempotency_key_in_use: [409, 'The first request with this Idempotency-Key has not ended yet'],
} satisfies Record<Refusal['kind'], Answer>

/** The core's names of fields, as they are on the wire. */
const fields: Record<string, string> = { expiresInSeconds: 'expires_in' }

export function answerRefusal(refusal: Refusal, metrics: Metrics): Response {
  metrics.countRefusal('auth', refusal.kind)
  if (refusal.kind === 'invalid') return message(400, `${fields[refusal.field] ?? refusal.field} ${refusal.rule}`)
  const [status, msg] = words[refusal.kind]
  return message(status, msg)
}
