import type { PushStatusesAnswer } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { CallOptions, Caller } from '../http/caller.ts'
import type { DeliveryStatus, Subscriber } from './queue-info.ts'
import { fromWireStatus } from './queue-wire.ts'

/** The subscribers of a push queue, which `Queue.info` lists; 400 on a pull queue. */
export type Subscribers = {
  /** One of the same name is replaced. */
  add(subscribers: readonly Subscriber[], options?: CallOptions): Promise<void>
  replace(subscribers: readonly Subscriber[], options?: CallOptions): Promise<void>
  /** Names that are not there are passed over. */
  remove(names: readonly string[], options?: CallOptions): Promise<void>
  /** What became of a message at each; an empty list on a pull queue. */
  statuses(messageId: string, options?: CallOptions): Promise<DeliveryStatus[]>
}

export function openSubscribers(call: Caller, queuePath: string): Subscribers {
  const path = `${queuePath}/subscribers`
  const change = async (method: 'POST' | 'PUT' | 'DELETE', subscribers: unknown, signal?: AbortSignal) => {
    await call({ method, path, body: { subscribers }, repeatable: true, signal })
  }
  return {
    add: (subscribers, { signal } = {}) => change('POST', subscribers, signal),
    replace: (subscribers, { signal } = {}) => change('PUT', subscribers, signal),
    remove: (names, { signal } = {}) => {
      const named = names.map((name) => ({ name }))
      return change('DELETE', named, signal)
    },
    async statuses(messageId, { signal } = {}) {
      const ofMessage = `${queuePath}/messages/${encodeURIComponent(messageId)}/subscribers`
      const answer = await call({ method: 'GET', path: ofMessage, repeatable: true, signal })
      return (answer as z.infer<typeof PushStatusesAnswer>).subscribers.map(fromWireStatus)
    },
  }
}
