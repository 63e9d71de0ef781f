import { message } from '@weldmq/service-kit'
import { Msg } from '@weldmq/v3-wire'
import { z } from 'zod'
import { named, route } from '../route.ts'

/** A pull queue has no subscribers (contract v3 S4, S5), and those of a push queue are for other doors to change. */
const refused = (method: 'POST' | 'PUT' | 'DELETE', summary: string) =>
  route({
    method,
    path: '/queues/:queue/subscribers',
    summary,
    scope: 'manage',
    body: z.looseObject({}),
    answers: { 200: Msg },
    async handle(call) {
      const queue = await call.core.findQueue(named(call))
      if (!queue.ok) return call.reply(queue, () => undefined)
      const isPull = queue.value.type === 'pull'
      return message(
        400,
        isPull ? 'A pull queue cannot have subscribers' : 'Changing subscribers is not supported by this version',
      )
    },
  })

export const addSubscribers = refused('POST', 'Add or update subscribers of a push queue')
export const replaceSubscribers = refused('PUT', 'Replace the subscribers of a push queue')
export const removeSubscribers = refused('DELETE', 'Remove subscribers from a push queue')
