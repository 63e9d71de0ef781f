import { z } from 'zod'
import { integer, orNumericString } from './integer.ts'
import { limits } from './limits.ts'
import { wireObject, wrong } from './wire-object.ts'

const text = z.string(wrong('must be a string'))
const filled = text.min(1, 'must not be empty')

/**
 * One subscriber as a client sends it (contract v3 S7). `secret` is ours: `whsec_…` of the client's own, `generate` for
 * one that is drawn, `""` for none. What a url and headers may be is checked where they are stored.
 */
const Subscriber = wireObject({
  name: filled,
  url: filled,
  headers: z.record(z.string(), z.string('must be a string'), 'must be an object').optional(),
  secret: text.optional(),
})

const most = limits.subscribersPerCall
const listOf = <S extends z.ZodType>(element: S) =>
  z.array(element, wrong('must be an array')).max(most, `must have at most ${most} elements`)

/** `push` of a queue (contract v3, section 2); `rate` and `pause_after` are ours. */
export const PushBody = wireObject({
  retries: orNumericString(integer(limits.retries)).optional(),
  retries_delay: orNumericString(integer(limits.retriesDelaySeconds)).optional(),
  error_queue: text.optional(),
  rate: integer(limits.pushRate).optional(),
  pause_after: integer(limits.pauseAfter).optional(),
  subscribers: listOf(Subscriber).optional(),
})

/** `POST` and `PUT …/subscribers` (contract v3 S1, S2). */
export const SubscribersBody = wireObject({ subscribers: listOf(Subscriber) })

/** `DELETE …/subscribers`: names count, whatever else the elements hold (contract v3 S3). */
export const RemoveSubscribersBody = wireObject({ subscribers: listOf(wireObject({ name: text })) })
