import { deliveryWithoutCredentials } from '@weldmq/queue-core'
import { fromWireId } from '@weldmq/v3-wire'
import { named, onMessage, route } from '../route.ts'
import { showDelivery } from '../show-delivery.ts'

/** What became of a message at each subscriber: one entry of a unicast queue, none of a pull queue (contract v2 S3, S5). */
export const pushStatuses = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id/subscribers',
  scope: 'consume',
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.listDeliveries({ ...named(call), messageId }))
    return call.reply(result, (deliveries) => ({
      subscribers: (call.mayManage ? deliveries : deliveries.map(deliveryWithoutCredentials)).map(showDelivery),
    }))
  },
})

/**
 * Acknowledges a delivery, which may be done already (contract v2 S4). Receivers may do that without a token, since nobody
 * else can know the id (push.md P-4).
 */
export const acknowledge = route({
  method: 'DELETE',
  path: '/queues/:queue/messages/:id/subscribers/:delivery',
  scope: 'consume',
  async withoutToken(call) {
    const messageId = fromWireId(call.wireId)
    if (messageId === undefined) return false
    const { deliveryId } = call
    return (await call.core.acknowledge({ ...named(call), messageId, deliveryId })).ok && deleted()
  },
  async handle(call) {
    const { deliveryId } = call
    const result = await onMessage(call, (messageId) =>
      call.core.acknowledge({ ...named(call), messageId, deliveryId }),
    )
    return call.reply(result, deleted)
  },
})

const deleted = () => ({ msg: 'Deleted' })
