import { ReleaseBody } from '../bodies.ts'
import { named, onMessage, route } from '../route.ts'
import { showFound } from '../show.ts'

export const findMessage = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id',
  scope: 'consume',
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
    return call.reply(result, showFound)
  },
})

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
