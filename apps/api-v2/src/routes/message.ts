import type { FoundByIdMessage } from '@weldmq/queue-core'
import { ReleaseBody } from '../bodies.ts'
import { type Call, named, onMessage, route } from '../route.ts'
import { showFound } from '../show.ts'
import { showPushStatus } from '../show-delivery.ts'

export const findMessage = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id',
  scope: 'consume',
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
    const status = result.ok ? await pushStatusOf(call, result.value) : undefined
    return call.reply(result, (found) => ({ ...showFound(found), ...(status && { push_status: status }) }))
  },
})

/** Only of a message that is delivered to subscribers; nobody else's has retries (contract v2 G3). */
async function pushStatusOf(call: Call, { id, status }: FoundByIdMessage) {
  if (status !== 'owed' && status !== 'done') return undefined
  const deliveries = await call.core.listDeliveries({ ...named(call), messageId: id })
  return deliveries.ok ? showPushStatus(deliveries.value) : undefined
}

/** The id is all it takes, whoever holds the message (contract v2 X1, M4). */
export const deleteMessage = route({
  method: 'DELETE',
  path: '/queues/:queue/messages/:id',
  scope: 'consume',
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.deleteMessageById({ ...named(call), messageId }))
    return call.reply(result, () => ({ msg: 'Deleted' }))
  },
})

/** For the message's own timeout, whatever the body says (contract v2 T2, T7). */
export const touchMessage = route({
  method: 'POST',
  path: '/queues/:queue/messages/:id/touch',
  scope: 'consume',
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.touchMessageById({ ...named(call), messageId }))
    return call.reply(result, () => ({ msg: 'Touched' }))
  },
})

export const releaseMessage = route({
  method: 'POST',
  path: '/queues/:queue/messages/:id/release',
  scope: 'consume',
  body: ReleaseBody,
  async handle(call) {
    const delaySeconds = call.body.delay ?? 0
    const result = await onMessage(call, (messageId) =>
      call.core.releaseMessageById({ ...named(call), messageId, delaySeconds }),
    )
    return call.reply(result, () => ({ msg: 'Released' }))
  },
})
