import {
  DeleteBody,
  MessageAnswer,
  Msg,
  ReleaseBody,
  TouchBody,
  TouchedAnswer,
  given,
  isPlainDelete,
} from '@weldmq/v3-wire'
import { named, onMessage, route } from '../route.ts'
import { showFound } from '../show-message.ts'

export const findMessage = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id',
  summary: 'Get a message by its id, in whatever state it is',
  scope: 'consume',
  answers: { 200: MessageAnswer },
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
    return call.reply(result, (found) => ({ message: showFound(found) }))
  },
})

export const deleteMessage = route({
  method: 'DELETE',
  path: '/queues/:queue/messages/:id',
  summary: 'Delete a message; a reserved one only with its reservation_id',
  scope: 'consume',
  body: DeleteBody,
  isPlain: isPlainDelete,
  answers: { 200: Msg },
  async handle(call) {
    const reservationId = call.body.reservation_id || undefined
    const result = await onMessage(call, (messageId) =>
      call.core.deleteMessage({ ...named(call), messageId, reservationId }),
    )
    return call.reply(result, () => ({ msg: 'Deleted' }))
  },
})

export const touchMessage = route({
  method: 'POST',
  path: '/queues/:queue/messages/:id/touch',
  summary: 'Trade a reservation for a fresh one',
  scope: 'consume',
  body: TouchBody,
  answers: { 200: TouchedAnswer },
  async handle(call) {
    const reservationId = call.body.reservation_id || undefined
    const timeoutSeconds = given(call.body.timeout)
    const result = await onMessage(call, (messageId) =>
      call.core.touchMessage({
        ...named(call),
        messageId,
        reservationId,
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      }),
    )
    return call.reply(result, (touched) => ({ reservation_id: touched.reservationId, msg: 'Touched' }))
  },
})

export const releaseMessage = route({
  method: 'POST',
  path: '/queues/:queue/messages/:id/release',
  summary: 'Give a reserved message back',
  scope: 'consume',
  body: ReleaseBody,
  answers: { 200: Msg },
  async handle(call) {
    const reservationId = call.body.reservation_id || undefined
    const delaySeconds = call.body.delay ?? 0
    const result = await onMessage(call, (messageId) =>
      call.core.releaseMessage({ ...named(call), messageId, reservationId, delaySeconds }),
    )
    return call.reply(result, () => ({ msg: 'Released' }))
  },
})
