import { z } from 'zod'
import { AlertList } from './alerts.ts'
import { integer, integerOrZero, notNegative, orNumericString } from './integer.ts'
import { limits } from './limits.ts'
import { PushHeaders } from './push-headers.ts'
import { PushBody } from './subscribers.ts'
import { wireObject, wrong } from './wire-object.ts'

const text = z.string(wrong('must be a string'))

/** "" means none, as Go and Clojure clients send it (contract v3 1.1). */
const reservationId = text.optional()

/** `PUT` and `PATCH` of a queue (contract v3, section 2). */
export const QueueBody = wireObject({
  queue: wireObject({
    message_timeout: integerOrZero(limits.messageTimeoutSeconds).optional(),
    message_expiration: integerOrZero(limits.messageExpirationSeconds).optional(),
    type: z.enum(['pull', 'unicast', 'multicast'], 'must be one of pull, unicast, multicast').optional(),
    push: PushBody.optional(),
    dead_letter: wireObject({
      queue_name: text.optional(),
      max_reservations: integer(limits.maxReservations).optional(),
    }).optional(),
    alerts: AlertList.optional(),
  }).optional(),
})

/** One message to post; `timeout`, `expires_in` and what else old clients send is ignored (contract v3 4.1). */
const NewMessage = wireObject({
  body: text,
  /** As answers show a body that is no text; ours. */
  body_encoding: z.literal('base64', 'must be "base64", or left out').optional(),
  delay: orNumericString(integer(limits.delaySeconds)).optional(),
  priority: integer(limits.priority).optional(),
  push_headers: PushHeaders.optional(),
})

/** `POST …/messages` (contract v3 P3, P4). How many there are is looked at before what they are. */
export const PostBody = wireObject({
  messages: z.preprocess(
    (value, context) => {
      if (Array.isArray(value) && value.length > limits.messagesPerPost) {
        context.addIssue(`must have at most ${limits.messagesPerPost} elements`)
        return z.NEVER
      }
      return value
    },
    z.array(NewMessage, wrong('must be an array')).min(1, 'must not be empty'),
  ),
})

/**
 * `POST …/reservations`; the same keys may stand in the query (contract v3 R13). A wait beyond the longest one counts as
 * the longest (decision 0004).
 */
export const ReserveBody = wireObject({
  n: orNumericString(integerOrZero(limits.count)).optional(),
  timeout: orNumericString(integerOrZero(limits.messageTimeoutSeconds)).optional(),
  wait: orNumericString(notNegative()).optional(),
  delete: z.boolean('must be true or false').optional(),
})

/** `GET /queues`, for the document: values out of range are moved into it, not refused (contract v3 3.5). */
export const QueuesQuery = z.object({
  per_page: z.int().optional(),
  previous: text.optional(),
  prefix: text.optional(),
})

/** `GET …/messages?n=` (contract v3 K1). */
export const PeekQuery = wireObject({ n: orNumericString(integer(limits.count)).optional() })

/** `DELETE …/messages/{id}`. */
export const DeleteBody = wireObject({ reservation_id: reservationId, subscriber_name: text.optional() })

/** `POST …/messages/{id}/touch`. */
export const TouchBody = wireObject({
  reservation_id: reservationId,
  timeout: orNumericString(integerOrZero(limits.messageTimeoutSeconds)).optional(),
})

/** `POST …/messages/{id}/release`. */
export const ReleaseBody = wireObject({
  reservation_id: reservationId,
  delay: orNumericString(integer(limits.delaySeconds)).optional(),
})

/** A number only where it is exact: 19 digits are more than JavaScript keeps (contract v3 1.1). */
const messageId = z.union(
  [text, z.int().transform(String)],
  wrong('must be a string, or a number that is an exact integer'),
)

/** `DELETE …/messages` with `ids`; bare strings stand for elements without a reservation (contract v3 B1 to B5). */
export const DeleteManyBody = wireObject({
  ids: z
    .array(
      z.preprocess(
        (value) => (typeof value === 'string' || typeof value === 'number' ? { id: value } : value),
        wireObject({ id: messageId, reservation_id: reservationId, subscriber_name: text.optional() }),
      ),
      wrong('must be an array'),
    )
    .min(1, 'must not be empty')
    .max(limits.count.max, `must have at most ${limits.count.max} elements`),
})
