import type { PushStatusesAnswer, SubscribersAnswer } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { CallOptions, Caller } from '../http/caller.ts'
import type { DeliveryStatus, NewSubscriber } from './queue-info.ts'
import { fromWireStatus } from './queue-wire.ts'

/** The subscribers of a push queue, which `Queue.info` lists; 400 on a pull queue. */
export type Subscribers = {
  /** One of the same name is replaced. Resolves with the secrets that were drawn, by the names of their subscribers. */
  add(subscribers: readonly NewSubscriber[], options?: CallOptions): Promise<Record<string, string>>
  /** The whole list; resolves as `add` does. */
  replace(subscribers: readonly NewSubscriber[], options?: CallOptions): Promise<Record<string, string>>
  /** Names that are not there are passed over. */
  remove(names: readonly string[], options?: CallOptions): Promise<void>
  /** Delivers from now on what waits for a subscriber that was left alone because it kept failing. */
  resume(name: string, options?: CallOptions): Promise<void>
  /** What became of a message at each; an empty list on a pull queue. */
  statuses(messageId: string, options?: CallOptions): Promise<DeliveryStatus[]>
}

export function openSubscribers(call: Caller, queuePath: string): Subscribers {
  const path = `${queuePath}/subscribers`
  const change = async (method: 'POST' | 'PUT' | 'DELETE', subscribers: unknown, signal?: AbortSignal) => {
    const answer = await call({ method, path, body: { subscribers }, repeatable: true, signal })
    return (answer as z.infer<typeof SubscribersAnswer>).secrets ?? {}
  }
  return {
    add: (subscribers, { signal } = {}) => change('POST', subscribers, signal),
    replace: (subscribers, { signal } = {}) => change('PUT', subscribers, signal),
    async remove(names, { signal } = {}) {
      const named = names.map((name) => ({ name }))
      await change('DELETE', named, signal)
    },
    async resume(name, { signal } = {}) {
      const ofSubscriber = `${path}/${encodeURIComponent(name)}/resume`
      await call({ method: 'POST', path: ofSubscriber, body: {}, repeatable: true, signal })
    },
    async statuses(messageId, { signal } = {}) {
      const ofMessage = `${queuePath}/messages/${encodeURIComponent(messageId)}/subscribers`
      const answer = await call({ method: 'GET', path: ofMessage, repeatable: true, signal })
      return (answer as z.infer<typeof PushStatusesAnswer>).subscribers.map(fromWireStatus)
    },
  }
}
