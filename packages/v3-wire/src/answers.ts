import { z } from 'zod'

const MessageId = z.string().regex(/^1\d{18}$/)
const ReservationId = z.string().regex(/^[0-9a-f]{32}$/)

/** Every error, and every success that has nothing else to say (contract v3 H22). */
export const Msg = z.object({ msg: z.string() })

/** `secrets` has those that the request had drawn, by the names of their subscribers; they are shown this once. */
export const SubscribersAnswer = z.object({
  msg: z.literal('Updated'),
  secrets: z.record(z.string(), z.string()).optional(),
})

/** An alert of a queue (contract v3 A8). */
const Alert = z.object({
  id: z.string().regex(/^[0-9a-f]{24}$/),
  type: z.enum(['fixed', 'progressive']),
  trigger: z.int(),
  direction: z.enum(['asc', 'desc']),
  queue: z.string(),
  snooze: z.int(),
})

/**
 * A subscriber as it is shown. `secret` is there once, in the answer to the request that had it drawn; afterwards `signed`
 * says that there is one. `failing` is there while it keeps failing in a queue that pauses such.
 */
const Subscriber = z.object({
  name: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  signed: z.literal(true).optional(),
  secret: z.string().optional(),
  failing: z.object({ failures: z.int(), paused_until: z.string().optional() }).optional(),
})

/** How a push queue delivers: four keys always, `rate` and `pause_after` when they are set. */
const Push = z.object({
  retries: z.int(),
  retries_delay: z.int(),
  error_queue: z.string(),
  rate: z.int().optional(),
  pause_after: z.int().optional(),
  subscribers: z.array(Subscriber),
})

/** The queue object as the answer to `PUT` shows it (contract v3, section 2). */
export const Queue = z.object({
  project_id: z.string(),
  name: z.string(),
  message_timeout: z.int(),
  message_expiration: z.int(),
  type: z.enum(['pull', 'unicast', 'multicast']),
  push: Push.optional(),
  dead_letter: z.object({ queue_name: z.string(), max_reservations: z.int() }).optional(),
  alerts: z.array(Alert).optional(),
})

/** The queue object as `GET` and `PATCH` show it. */
export const QueueWithSize = Queue.extend({ size: z.int(), total_messages: z.int() })

export const QueueAnswer = z.object({ queue: Queue })
export const QueueWithSizeAnswer = z.object({ queue: QueueWithSize })
export const QueuesAnswer = z.object({ queues: z.array(z.object({ name: z.string() })) })

export const PostedAnswer = z.object({ ids: z.array(MessageId), msg: z.literal('Messages put on queue.') })

/** A body that is no text, which only other protocols can post, is shown in base64 and says so. */
const Message = z.object({
  id: MessageId,
  body: z.string(),
  body_encoding: z.literal('base64').optional(),
  reserved_count: z.int(),
})

/** What became of a message at one subscriber (push.md, section 5). */
const PushStatus = z.object({
  name: z.string(),
  subscriber_name: z.string(),
  url: z.string(),
  status_code: z.int(),
  tries: z.int(),
  retries_remaining: z.int(),
  retries_total: z.int(),
  last_try_at: z.string().optional(),
  status: z.enum(['queued', 'reserved', 'retrying', 'deleted', 'error']),
  msg: z.string().optional(),
})

/** Of a unicast queue those that were tried so far; empty on a pull queue. */
export const PushStatusesAnswer = z.object({ subscribers: z.array(PushStatus) })

/** `push_statuses` only of a message of a push queue. */
export const MessageAnswer = z.object({ message: Message.extend({ push_statuses: z.array(PushStatus).optional() }) })
export const MessagesAnswer = z.object({ messages: z.array(Message) })
export const ReservedAnswer = z.object({ messages: z.array(Message.extend({ reservation_id: ReservationId })) })
export const TouchedAnswer = z.object({ reservation_id: ReservationId, msg: z.literal('Touched') })

export const VersionAnswer = z.object({ version: z.string() })
