import { PushStatusesAnswer } from '@weldmq/v3-wire'
import { named, onMessage, route } from '../route.ts'

/** Messages of pull queues are delivered to nobody, so the list is empty. */
export const pushStatuses = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id/subscribers',
  summary: 'Get the push statuses of a message',
  scope: 'consume',
  answers: { 200: PushStatusesAnswer },
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
    return call.reply(result, () => ({ subscribers: [] }))
  },
})
