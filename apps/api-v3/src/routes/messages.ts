import type { NewMessage } from '@weldmq/queue-core'
import { message, queryOf, textToBytes } from '@weldmq/service-kit'
import {
  DeleteManyBody,
  MessagesAnswer,
  Msg,
  PeekQuery,
  PostBody,
  PostedAnswer,
  fromWireId,
  isPlainDeleteMany,
  isPlainPost,
  problemOf,
  toWireId,
} from '@weldmq/v3-wire'
import { z } from 'zod'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { type Call, named, route } from '../route.ts'
import { showFound } from '../show-message.ts'

export const postMessages = route({
  method: 'POST',
  path: '/queues/:queue/messages',
  summary: 'Post messages; all are stored or none',
  scope: 'produce',
  body: PostBody,
  isPlain: isPlainPost,
  answers: { 201: PostedAnswer },
  creates: true,
  async handle(call) {
    const messages: NewMessage[] = []
    for (const { body, body_encoding, delay, priority, push_headers } of call.body.messages) {
      const bytes = body_encoding === undefined ? textToBytes(body) : Buffer.from(body, 'base64')
      if (body_encoding !== undefined && bytes.toString('base64') !== body) {
        return message(400, `messages[${messages.length}].body must be base64, as its body_encoding says`)
      }
      if (bytes.length > call.maxBodyBytes) {
        return message(413, `messages[${messages.length}].body must be at most ${call.maxBodyBytes} bytes`)
      }
      const posted: NewMessage = { body: bytes }
      if (delay !== undefined) posted.delaySeconds = delay
      if (priority !== undefined) posted.priority = priority
      if (push_headers !== undefined) posted.pushHeaders = push_headers
      messages.push(posted)
    }
    return post(call, messages)
  },
})

/** Posts and answers with the ids, in the order sent; shared with the webhook (contract v3 W6). */
export async function post(call: Call, messages: NewMessage[]): Promise<Response> {
  const idempotencyKey = idempotencyKeyOf(call.incoming)
  const command = { project: call.project, queue: call.queue, messages }
  const result = await call.core.postMessages(idempotencyKey === undefined ? command : { ...command, idempotencyKey })
  return call.reply(result, (ids) => ({ ids: ids.map(toWireId), msg: 'Messages put on queue.' }), 201)
}

export const peekMessages = route({
  method: 'GET',
  path: '/queues/:queue/messages',
  summary: 'Peek at the next messages without reserving them',
  scope: 'consume',
  query: PeekQuery,
  answers: { 200: MessagesAnswer },
  async handle(call) {
    const query = PeekQuery.safeParse({ n: queryOf(call.incoming).get('n') || undefined })
    if (!query.success) return call.refuse(problemOf(query.error))
    const result = await call.core.peekMessages({ ...named(call), count: query.data.n ?? 1 })
    return call.reply(result, (found) => ({ messages: found.map(showFound) }))
  },
})

/**
 * Two jobs on one path, chosen by whether the body has a key `ids`, whatever its value: a broken list of ids must never
 * clear the queue (contract v3 B8, B10, B12). Deliveries may be acknowledged without a token, as on the path of one
 * message; nothing else comes with them, then.
 */
export const deleteMessages = route({
  method: 'DELETE',
  path: '/queues/:queue/messages',
  summary: 'Delete the messages listed in ids, or every message when there is no ids',
  withoutToken: {
    when: 'each of the ids has a reservation_id and a subscriber_name, and so acknowledges a delivery',
    mostBytes: 32_768,
    async handle(call) {
      const asked = DeleteManyBody.safeParse(call.body)
      if (!asked.success) return false
      const messages = asked.data.ids.flatMap(({ id, reservation_id: reservationId, subscriber_name: subscriber }) => {
        const messageId = fromWireId(id)
        return messageId && reservationId && subscriber ? [{ messageId, reservationId, subscriber }] : []
      })
      if (messages.length < asked.data.ids.length) return false
      return (await call.core.acknowledgeAll({ ...named(call), messages })).ok && { msg: 'Deleted' }
    },
  },
  scope: 'consume',
  body: z.looseObject({}),
  shownBody: DeleteManyBody,
  answers: { 200: Msg },
  async handle(call) {
    if (!Object.keys(call.body).some((key) => key.toLowerCase() === 'ids')) {
      return call.reply(await call.core.clearQueue(named(call)), () => ({ msg: 'Cleared' }))
    }
    const asked = isPlainDeleteMany(call.body)
      ? { success: true as const, data: call.body }
      : DeleteManyBody.safeParse(call.body)
    if (!asked.success) return call.refuse(problemOf(asked.error))
    const messages = asked.data.ids.map(({ id, reservation_id, subscriber_name }) => ({
      messageId: fromWireId(id) ?? 0, // no message has the id 0
      reservationId: reservation_id || undefined,
      subscriber: subscriber_name || undefined,
    }))
    return call.reply(await call.core.deleteMessages({ ...named(call), messages }), () => ({ msg: 'Deleted' }))
  },
})
