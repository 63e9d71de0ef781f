import type { FoundByIdMessage, QueueWithSize, Result } from '@weldmq/queue-core'
import { message } from '@weldmq/service-kit'
import { deliveryId } from '../delivery-id.ts'
import { type Call, named, onMessage, route } from '../route.ts'

/**
 * What became of a message at each subscriber (contract v2 S3, S5). Nothing is delivered by this version, so each
 * subscriber of the queue still has all its attempts before it; on a pull queue the list is empty.
 */
export const pushStatuses = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id/subscribers',
  scope: 'consume',
  handle: async (call) => call.reply(await deliveriesOf(call), (subscribers) => ({ subscribers })),
})

/** No attempt was made that a client could owe an acknowledgement for; one for a known delivery is taken (S4). */
export const acknowledge = route({
  method: 'DELETE',
  path: '/queues/:queue/messages/:id/subscribers/:delivery',
  scope: 'consume',
  async handle(call) {
    const deliveries = await deliveriesOf(call)
    if (deliveries.ok && !deliveries.value.some(({ id }) => id === call.deliveryId)) return message(404, 'Not found')
    return call.reply(deliveries, () => ({ msg: 'Deleted' }))
  },
})

async function deliveriesOf(call: Call): Promise<Result<ReturnType<typeof entriesOf>>> {
  const found = await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
  if (!found.ok) return found
  const queue = await call.core.findQueue(named(call))
  return queue.ok ? { ok: true, value: entriesOf(found.value, queue.value) } : queue
}

function entriesOf({ id: messageId }: FoundByIdMessage, { push }: QueueWithSize) {
  if (!push) return []
  // Of a unicast queue one subscriber gets the message.
  const receivers = push.type === 'unicast' ? push.subscribers.slice(0, 1) : push.subscribers
  return receivers.map(({ name, url }) => ({
    id: deliveryId(messageId, name),
    url,
    retries_delay: push.retriesDelaySeconds,
    retries_remaining: push.retries,
    status_code: 0,
    status: 'queued',
  }))
}
