import {
  PushHeaders,
  integer,
  integerOrZero,
  limits,
  notNegative,
  orNumericString,
  wireObject,
  wrong,
} from '@weldmq/v3-wire'
import { z } from 'zod'

/** `PostBody` and friends say `is required` for what is absent and something else for what is wrong. */
export const isMissing = (error: z.ZodError): boolean => error.issues[0]!.message === 'is required'

const text = z.string(wrong('must be a string'))

/** One message to post; `id`, `reserved_count` and what else clients send is ignored (contract v2 4.1). */
const NewMessage = wireObject({
  body: text,
  timeout: orNumericString(integerOrZero(limits.messageTimeoutSeconds)).optional(),
  delay: orNumericString(integer(limits.delaySeconds)).optional(),
  expires_in: orNumericString(integerOrZero(limits.messageExpirationSeconds)).optional(),
  push_headers: PushHeaders.optional(),
})

/** `POST …/messages` (contract v2 P2). How many there are is looked at before what they are. */
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

/** More than the most is as much as the most: some clients ask for 1000 to empty a queue (contract v2 4.3, V-10). */
const count = orNumericString(notNegative()).transform((n) => Math.min(n || 1, limits.count.max))

const flag = z.preprocess(
  (value) => (typeof value === 'string' ? ({ true: true, false: false }[value.toLowerCase()] ?? value) : value),
  z.boolean('must be true or false'),
)

/** `GET …/messages`; 0 asks for nothing in particular. */
export const GetQuery = z.object({
  n: count.optional(),
  timeout: orNumericString(integerOrZero(limits.messageTimeoutSeconds)).optional(),
  wait: orNumericString(notNegative())
    .transform((seconds) => Math.min(seconds, limits.waitSeconds.max))
    .optional(),
  delete: flag.optional(),
})

/** `GET …/messages/peek`. */
export const PeekQuery = z.object({ n: count.optional() })

/** `GET /queues` (contract v2 L2, L3, L5). */
export const QueuesQuery = z.object({
  page: orNumericString(integer({ min: 0, max: 100 })).optional(),
  per_page: orNumericString(notNegative())
    .transform((size) => Math.min(size || limits.perPage.default, limits.perPage.max))
    .optional(),
})

/** `POST …/release` (contract v2 E1). */
export const ReleaseBody = wireObject({ delay: orNumericString(integer(limits.delaySeconds)).optional() })

/** A number only where it is exact: 19 digits are more than JavaScript keeps. */
const messageId = z.union(
  [text, z.int().transform(String)],
  wrong('must be a string, or a number that is an exact integer'),
)

/** `DELETE …/messages`: strings, objects with an id, and a list in the list, as Python sends it (contract v2 4.7). */
export const DeleteManyBody = wireObject({
  ids: z.preprocess(
    (value) => (Array.isArray(value) ? value.flat() : value),
    z
      .array(
        z.preprocess(
          (value) => (typeof value === 'string' || typeof value === 'number' ? { id: value } : value),
          wireObject({ id: messageId }),
        ),
        wrong('must be an array'),
      )
      .min(1, 'must not be empty')
      .max(limits.count.max, `must have at most ${limits.count.max} elements`),
  ),
})

/** An id alone, or several in a list, as Python sends them (contract v2 A6). */
const ids = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(text))

/** `DELETE …/alerts`: without `alerts` all are meant, an element without an id is passed over (contract v2 6.2). */
export const DeleteAlertsBody = wireObject({
  alerts: z
    .array(
      z.preprocess((value) => (typeof value === 'string' ? { id: value } : value), wireObject({ id: ids.optional() })),
      'must be an array',
    )
    .max(limits.count.max, `must have at most ${limits.count.max} elements`)
    .optional(),
})

const Subscriber = wireObject({
  url: text,
  headers: z.record(z.string(), z.string('must be a string'), 'must be an object').optional(),
})

/** `POST …/subscribers` (contract v2 S1). */
export const SubscribersBody = wireObject({ subscribers: z.array(Subscriber, wrong('must be an array')) })

/**
 * `POST /queues/{q}` (contract v2 3.3). `push_type` of `push` is what one client sends for pull queues, and counts as not
 * given (U11). Numbers are checked by the core.
 */
export const UpdateBody = wireObject({
  push_type: z
    .preprocess(
      (value) => (value === 'push' || value === '' ? undefined : value),
      z.enum(['multicast', 'unicast', 'pull'], 'must be one of multicast, unicast, pull').optional(),
    )
    .optional(),
  retries: orNumericString(z.int('must be an integer')).optional(),
  retries_delay: orNumericString(z.int('must be an integer')).optional(),
  error_queue: text.optional(),
  subscribers: z.array(Subscriber, wrong('must be an array')).optional(),
})
