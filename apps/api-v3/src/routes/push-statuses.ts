import { PushStatusesAnswer } from '@weldmq/v3-wire'
import { named, onMessage, route } from '../route.ts'
import { showDeliveries } from '../show-delivery.ts'

/** Readable for a day after the last of them ended; empty for a message of a pull queue (contract v3 4.10). */
export const pushStatuses = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id/subscribers',
  summary: 'Get the push statuses of a message',
  scope: 'consume',
  answers: { 200: PushStatusesAnswer },
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.listDeliveries({ ...named(call), messageId }))
    return call.reply(result, (deliveries) => ({ subscribers: showDeliveries(call, deliveries) }))
  },
})
