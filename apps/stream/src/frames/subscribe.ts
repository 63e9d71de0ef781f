import { limits } from '@weldmq/queue-core'
import { integer } from '@weldmq/v3-wire'
import { z } from 'zod'
import type { Connection } from '../connection.ts'
import { LiveSubscription } from '../live-subscription.ts'
import { problemOfRefusal } from '../refusals.ts'
import { type Re, frame } from '../write-frame.ts'
import { type Handler, may, read } from './handler.ts'

const { credit, creditBytes, batch } = limits.stream

const SubscribeFrame = z.object({
  sub: z.string('must be a string').min(1, 'must not be empty').max(64, 'must have at most 64 characters'),
  queue: z.string('must be a string'),
  credit: integer(credit).default(0),
  credit_bytes: integer(creditBytes).default(creditBytes.default),
  timeout: integer(limits.messageTimeoutSeconds).optional(),
  batch: integer(batch).default(batch.default),
  delete: z.boolean().default(false),
  mode: z.enum(['consume', 'tail'], 'must be consume or tail').default('consume'),
  state: z.boolean().default(false),
})

/** Messages of a queue as they become ready, as far as the credit goes. */
export const subscribe: Handler = async (connection, sent, re) => {
  const asked = read(connection, sent, re, SubscribeFrame)
  if (!asked) return
  const { sub, queue, state } = asked
  const fail = (code: string, msg: string, temporary = false) => connection.fail(re, { code, msg, temporary }, { sub })
  if (!may(connection, re, 'consume', queue)) return
  if (connection.subscriptions.has(sub)) return fail('sub_in_use', 'There is a subscription of that name')
  const { subscriptions: most } = connection.shared.limits
  if (connection.subscriptions.size >= most) return fail('too_many_subscriptions', `At most ${most} subscriptions`)

  const subscription = new LiveSubscription(connection, { name: sub, queue, state })
  connection.subscriptions.set(sub, subscription)
  subscription.beginning = begin(connection, re, subscription, asked)
  await subscription.beginning
}

async function begin(
  connection: Connection,
  re: Re,
  subscription: LiveSubscription,
  asked: z.output<typeof SubscribeFrame>,
): Promise<void> {
  const { sub, queue, timeout, credit_bytes: bytes, state, ...same } = asked
  let result: Awaited<ReturnType<typeof connection.stream.subscribe>> | undefined
  try {
    const command = {
      queue,
      creditBytes: bytes,
      ...same,
      ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    }
    result = await connection.stream.subscribe(command, subscription)
  } finally {
    if (!result?.ok && connection.subscriptions.get(sub) === subscription) connection.subscriptions.delete(sub)
  }
  if (!result.ok) {
    connection.fail(re, problemOfRefusal(result.refusal), { sub })
    return
  }
  const { delete: remove, mode } = same
  connection.send(
    frame('subscribed', re, {
      sub,
      queue,
      credit: same.credit,
      credit_bytes: bytes,
      timeout: result.value.reservationSeconds,
      batch: same.batch,
      delete: remove,
      mode,
      state,
    }),
  )
  subscription.handle = result.value
  subscription.handle.resume()
  subscription.beginning = undefined
}

/** The subscription of that name, once the one that was asked for before is taken up; undefined when there is none. */
export async function findSubscription(connection: Connection, sub: string): Promise<LiveSubscription | undefined> {
  const subscription = connection.subscriptions.get(sub)
  await subscription?.beginning?.catch(() => {}) // its own frame is told
  return subscription?.handle && subscription
}

/** The answer to a frame about a subscription that there is not. */
export function noSuchSubscription(connection: Connection, re: Re, sub: string): void {
  connection.fail(
    re,
    { code: 'sub_not_found', msg: 'There is no subscription of that name', temporary: false },
    { sub },
  )
}
