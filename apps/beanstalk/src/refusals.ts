import type { Refusal } from '@weldmq/queue-core'

/** How beanstalk says each refusal (contract section 6). It has few words, and clients throw on any other. */
export const words = {
  queue_not_found: 'NOT_FOUND',
  message_not_found: 'NOT_FOUND',
  reservation_required: 'NOT_FOUND',
  reservation_lapsed: 'NOT_FOUND',
  only_watched_queue: 'NOT_IGNORED',
  invalid: 'BAD_FORMAT',
  // The project went away while a client was connected to it.
  project_not_found: 'INTERNAL_ERROR',
  // No command of this protocol can cause the others.
  token_not_found: 'INTERNAL_ERROR',
  alert_duplicate: 'INTERNAL_ERROR',
  alerts_on_push_queue: 'INTERNAL_ERROR',
  subscriber_not_found: 'INTERNAL_ERROR',
  not_a_push_queue: 'INTERNAL_ERROR',
  alert_not_found: 'INTERNAL_ERROR',
  queue_type_fixed: 'INTERNAL_ERROR',
  idempotency_key_reused: 'INTERNAL_ERROR',
  idempotency_key_in_use: 'INTERNAL_ERROR',
} satisfies Record<Refusal['kind'], string>
