import type { NewMessage, ReserveMessages } from '@weldmq/queue-core'
import { json, message, textToBytes, whileThere } from '@weldmq/service-kit'
import { fromWireId, given, isPlainPost, toWireId } from '@weldmq/v3-wire'
import type { z } from 'zod'
import { DeleteManyBody, GetQuery, PeekQuery, PostBody } from '../bodies.ts'
import { plainGet, queryObject } from '../query.ts'
import { type Call, named, route } from '../route.ts'
import { showListed } from '../show.ts'

export const postMessages = route({
  method: 'POST',
  path: '/queues/:queue/messages',
  scope: 'produce',
  body: PostBody,
  isPlain: isPlainPost,
  creates: true,
  async handle(call) {
    const messages: NewMessage[] = []
    for (const { body, timeout, delay, expires_in, push_headers } of call.body.messages) {
      const bytes = textToBytes(body)
      if (bytes.length > call.maxBodyBytes) {
        return message(413, `messages[${messages.length}].body must be at most ${call.maxBodyBytes} bytes`)
      }
      const posted: NewMessage = { body: bytes }
      const timeoutSeconds = given(timeout)
      const expirationSeconds = given(expires_in)
      if (timeoutSeconds !== undefined) posted.timeoutSeconds = timeoutSeconds
      if (expirationSeconds !== undefined) posted.expirationSeconds = expirationSeconds
      if (delay !== undefined) posted.delaySeconds = delay
      if (push_headers !== undefined) posted.pushHeaders = push_headers
      messages.push(posted)
    }
    return post(call, messages)
  },
})

/** Posts and answers with the ids, in the order sent; 200, since some clients know no other success (contract v2 P1). */
export async function post(call: Call, messages: NewMessage[]): Promise<Response> {
  const result = await call.core.postMessages({ project: call.project, queue: call.queue, messages })
  return call.reply(result, (ids) => ({ ids: ids.map(toWireId), msg: 'Messages put on queue.' }))
}

/** Reserves; the reservation is open to whoever knows the message's id (contract v2 4.3, M1). */
export const getMessages = route({
  method: 'GET',
  path: '/queues/:queue/messages',
  scope: 'consume',
  creates: true,
  async handle(call) {
    const asked = askedOf(call)
    if (!asked.success) return call.refuse(asked.error)
    const { n = 1, timeout, wait, delete: remove } = asked.data
    const command: ReserveMessages = { project: call.project, queue: call.queue, count: n, open: true }
    const timeoutSeconds = given(timeout)
    if (timeoutSeconds !== undefined) command.timeoutSeconds = timeoutSeconds
    if (remove === true) command.delete = true
    const result = wait
      ? await whileThere(call, (signal) =>
          call.core.reserveMessages({ ...command, waitSeconds: wait, awaitsQueue: true, signal }),
        )
      : await call.core.reserveMessages(command)
    // No queue is an empty one to v2 (contract v2 G6), and is not made by asking (G7).
    if (!result.ok && result.refusal.kind === 'queue_not_found') return json(200, { messages: [] })
    return call.reply(result, (reserved) => ({ messages: reserved.map(showListed) }))
  },
})

function askedOf({ incoming }: Call) {
  const data: z.infer<typeof GetQuery> | undefined = plainGet(incoming.url!)
  return data ? { success: true as const, data } : GetQuery.safeParse(queryObject(incoming))
}

export const peekMessages = route({
  method: 'GET',
  path: '/queues/:queue/messages/peek',
  scope: 'consume',
  creates: true,
  async handle(call) {
    const query = PeekQuery.safeParse(queryObject(call.incoming))
    if (!query.success) return call.refuse(query.error)
    const result = await call.core.peekMessages({ ...named(call), count: query.data.n ?? 1 })
    if (!result.ok && result.refusal.kind === 'queue_not_found') return json(200, { messages: [] })
    return call.reply(result, (found) => ({ messages: found.map(showListed) }))
  },
})

/** Never clears the queue, whatever its body (contract v2 B5). Ids that no message has are passed over (B4). */
export const deleteMessages = route({
  method: 'DELETE',
  path: '/queues/:queue/messages',
  scope: 'consume',
  body: DeleteManyBody,
  async handle(call) {
    const messageIds = call.body.ids.map(({ id }) => fromWireId(id) ?? 0) // no message has the id 0
    const result = await call.core.deleteMessagesById({ ...named(call), messageIds })
    return call.reply(result, () => ({ msg: 'Deleted' }))
  },
})

export const clearQueue = route({
  method: 'POST',
  path: '/queues/:queue/clear',
  scope: 'consume',
  handle: async (call) => call.reply(await call.core.clearQueue(named(call)), () => ({ msg: 'Cleared' })),
})
