import type { FoundByIdMessage } from '@weldmq/queue-core'
import {
  DeleteBody,
  MessageAnswer,
  Msg,
  ReleaseBody,
  TouchBody,
  TouchedAnswer,
  fromWireId,
  given,
  isPlainDelete,
} from '@weldmq/v3-wire'
import { type Call, named, onMessage, route } from '../route.ts'
import { showDeliveries } from '../show-delivery.ts'
import { showFound } from '../show-message.ts'

export const findMessage = route({
  method: 'GET',
  path: '/queues/:queue/messages/:id',
  summary: 'Get a message by its id, in whatever state it is',
  scope: 'consume',
  answers: { 200: MessageAnswer },
  async handle(call) {
    const result = await onMessage(call, (messageId) => call.core.findMessage({ ...named(call), messageId }))
    const statuses = result.ok ? await statusesOf(call, result.value) : undefined
    return call.reply(result, (found) => ({
      message: { ...showFound(found), ...(statuses && { push_statuses: statuses }) },
    }))
  },
})

/** Only of a message of a push queue (contract v3 M6). */
async function statusesOf(call: Call, { id, status }: FoundByIdMessage) {
  if (status !== 'owed' && status !== 'done') return undefined
  const deliveries = await call.core.listDeliveries({ ...named(call), messageId: id })
  return deliveries.ok ? showDeliveries(call, deliveries.value) : undefined
}

/**
 * With the name of a subscriber, its delivery is acknowledged (contract v3 X8). Receivers may do that without a token,
 * since nobody else can know the reservation (push.md P-4).
 */
export const deleteMessage = route({
  method: 'DELETE',
  path: '/queues/:queue/messages/:id',
  summary: 'Delete a message; a reserved one only with its reservation_id',
  withoutToken: {
    when: 'reservation_id and subscriber_name acknowledge a delivery',
    // Two names and a reservation take less, and nobody else is read to before there is a token.
    mostBytes: 4096,
    async handle(call) {
      const { reservation_id: reservationId, subscriber_name: subscriber } = call.body
      const messageId = fromWireId(call.wireId)
      if (!reservationId || !subscriber || messageId === undefined) return false
      return (await call.core.acknowledge({ ...named(call), messageId, subscriber, reservationId })).ok && deleted()
    },
  },
  scope: 'consume',
  body: DeleteBody,
  isPlain: isPlainDelete,
  answers: { 200: Msg },
  async handle(call) {
    const reservationId = call.body.reservation_id || undefined
    const subscriber = call.body.subscriber_name || undefined
    const result = await onMessage(call, (messageId) =>
      call.core.deleteMessage({ ...named(call), messageId, reservationId, subscriber }),
    )
    return call.reply(result, deleted)
  },
})

const deleted = () => ({ msg: 'Deleted' })

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
