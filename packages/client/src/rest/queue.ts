import type {
  MessageAnswer,
  MessagesAnswer,
  PostedAnswer,
  QueueAnswer,
  QueueWithSizeAnswer,
  ReservedAnswer,
} from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { CallOptions, Caller } from '../http/caller.ts'
import { type Alerts, openAlerts } from './alerts.ts'
import { type HeldMessages, openHeldMessages } from './held-messages.ts'
import type { Message, NewMessage, ReservedMessage } from './message.ts'
import { fromWireMessage, toWireMessage } from './message-wire.ts'
import type { QueueInfo, QueueInfoWithSize, QueueSettings } from './queue-info.ts'
import { fromWireQueue, fromWireQueueWithSize, toWireSettings } from './queue-wire.ts'
import { queuePathOf } from './queue-path.ts'
import { reservedMessage } from './reserved-message.ts'
import { type Subscribers, openSubscribers } from './subscribers.ts'

export type PostOptions = CallOptions & {
  /** Posts with one key and one content are stored once, so such a post is also repeated when its outcome is unknown. */
  idempotencyKey?: string
}

export type ReserveOptions = CallOptions & {
  /** At most so many, 1 to 100; 1 by default. */
  count?: number
  /** Seconds they are reserved for, 1 to 86400; the queue's `messageTimeout` by default. */
  timeout?: number
  /** Seconds to wait for the first one, 0 to 30; 0 by default. */
  wait?: number
  /** Delete them with this very call: what gets lost on its way is gone. */
  delete?: boolean
}

/** The calls on one queue. A queue that is missing is 404 `Queue not found`, except for `create` and `post`, which make it. */
export type Queue = HeldMessages & {
  readonly name: string
  /** Makes the queue, or changes the one that is there. */
  create(settings?: QueueSettings, options?: CallOptions): Promise<QueueInfo>
  update(settings: QueueSettings, options?: CallOptions): Promise<QueueInfoWithSize>
  info(options?: CallOptions): Promise<QueueInfoWithSize>
  /** Deletes the queue and every message in it. */
  delete(options?: CallOptions): Promise<void>
  /** Deletes every message, reserved and delayed ones too. */
  clear(options?: CallOptions): Promise<void>

  /** Resolves with the message's id once it is stored. */
  post(message: string | NewMessage, options?: PostOptions): Promise<string>
  /** All are stored or none; the ids are in the order given. */
  post(messages: readonly (string | NewMessage)[], options?: PostOptions): Promise<string[]>
  reserve(options?: ReserveOptions): Promise<ReservedMessage[]>
  /** The next ones, without reserving them; `count` is 1 to 100 and 1 by default. */
  peek(options?: CallOptions & { count?: number }): Promise<Message[]>
  /** A message in whatever state it is. */
  get(id: string, options?: CallOptions): Promise<Message>

  readonly subscribers: Subscribers
  readonly alerts: Alerts
}

export function openQueue(call: Caller, name: string): Queue {
  const path = queuePathOf(name)
  const messages = `${path}/messages`
  const held = openHeldMessages(call, path)

  async function post(posted: string | NewMessage | readonly (string | NewMessage)[], options: PostOptions = {}) {
    const { idempotencyKey, signal } = options
    const answer = (await call({
      method: 'POST',
      path: messages,
      body: { messages: [posted].flat().map((one) => toWireMessage(one as string | NewMessage)) },
      ...(idempotencyKey !== undefined && { headers: { 'Idempotency-Key': idempotencyKey } }),
      repeatable: idempotencyKey !== undefined,
      signal,
    })) as z.infer<typeof PostedAnswer>
    return Array.isArray(posted) ? answer.ids : answer.ids[0]!
  }

  return {
    name,
    async create(settings = {}, { signal } = {}) {
      const body = { queue: toWireSettings(settings) }
      const answer = await call({ method: 'PUT', path, body, repeatable: true, signal })
      return fromWireQueue((answer as z.infer<typeof QueueAnswer>).queue)
    },
    async update(settings, { signal } = {}) {
      const body = { queue: toWireSettings(settings) }
      const answer = await call({ method: 'PATCH', path, body, repeatable: true, signal })
      return fromWireQueueWithSize((answer as z.infer<typeof QueueWithSizeAnswer>).queue)
    },
    async info({ signal } = {}) {
      const answer = await call({ method: 'GET', path, repeatable: true, signal })
      return fromWireQueueWithSize((answer as z.infer<typeof QueueWithSizeAnswer>).queue)
    },
    async delete({ signal } = {}) {
      await call({ method: 'DELETE', path, repeatable: false, signal })
    },
    async clear({ signal } = {}) {
      // Not repeated: by then somebody may have posted what was not to be cleared.
      await call({ method: 'DELETE', path: messages, body: {}, repeatable: false, signal })
    },

    post: post as Queue['post'],
    async reserve({ count, timeout, wait, delete: remove, signal } = {}) {
      const body = { n: count, timeout, wait, delete: remove }
      const at = { method: 'POST', path: `${path}/reservations` } as const
      const answer = await call({ ...at, body, repeatable: false, waitSeconds: wait, signal })
      const reserved = (answer as z.infer<typeof ReservedAnswer>).messages
      return reserved.map((message) => reservedMessage(held, message))
    },
    async peek({ count = 1, signal } = {}) {
      const answer = await call({ method: 'GET', path: `${messages}?n=${count}`, repeatable: true, signal })
      return (answer as z.infer<typeof MessagesAnswer>).messages.map(fromWireMessage)
    },
    async get(id, { signal } = {}) {
      const answer = await call({
        method: 'GET',
        path: `${messages}/${encodeURIComponent(id)}`,
        repeatable: true,
        signal,
      })
      return fromWireMessage((answer as z.infer<typeof MessageAnswer>).message)
    },

    ...held,
    subscribers: openSubscribers(call, path),
    alerts: openAlerts(call, path),
  }
}
