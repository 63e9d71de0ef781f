/** An expected no: something a client can cause. Every protocol has words for every kind. */
export type Refusal =
  /** The queue does not exist in that project. */
  | { kind: 'queue_not_found'; queue: string }
  /** No such project; only said to those who may know which projects exist. */
  | { kind: 'project_not_found'; project: string }
  | { kind: 'token_not_found'; id: string }
  /** Missing, deleted or expired. */
  | { kind: 'message_not_found'; id: number }
  /** The message is reserved, and the call names no reservation. */
  | { kind: 'reservation_required'; id: number }
  /** The reservation is over: lapsed, replaced by a touch, released, or never was. */
  | { kind: 'reservation_lapsed'; id: number }
  /** A session watches at least one queue. */
  | { kind: 'only_watched_queue'; queue: string }
  /** A new alert has the type, direction and trigger of one that the queue has. */
  | { kind: 'alert_duplicate'; queue: string }
  | { kind: 'alert_not_found'; id: string }
  /** The size of a push queue says nothing: alerts are for pull queues, and a queue with alerts stays one. */
  | { kind: 'alerts_on_push_queue'; queue: string }
  | { kind: 'subscriber_not_found'; name: string }
  /** Only push queues have subscribers. */
  | { kind: 'not_a_push_queue'; queue: string }
  /** A queue's type is fixed at its creation. */
  | { kind: 'queue_type_fixed'; queue: string }
  /** A value breaks a rule; `field` is in the core's words, doors rename it. */
  | { kind: 'invalid'; field: string; rule: string }
  /** The idempotency key was used before with other content (promise I6). */
  | { kind: 'idempotency_key_reused' }
  /** The first request with this idempotency key has not ended yet (promise I6). */
  | { kind: 'idempotency_key_in_use' }

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal }

export const ok = <T>(value: T): Result<T> => ({ ok: true, value })
export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal })

/** Postgres cannot be reached, or the call does not come through, and nothing of this call was stored: the caller may try again (promise I7). */
export class Unavailable extends Error {
  override name = 'Unavailable'
}
