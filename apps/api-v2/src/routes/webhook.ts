import { readBody } from '@weldmq/service-kit'
import { subscriberHeaders } from '@weldmq/v3-wire'
import { route } from '../route.ts'
import { post } from './messages.ts'

/** The whole request body, whatever it is, becomes one message (contract v2 4.2). */
export const postWebhook = route({
  method: 'POST',
  path: '/queues/:queue/messages/webhook',
  scope: 'produce',
  reads: false,
  creates: true,
  async handle(call) {
    const body = await readBody(call.incoming, call.maxBodyBytes)
    const pushHeaders = subscriberHeaders(call.incoming.rawHeaders)
    return post(call, [pushHeaders === undefined ? { body } : { body, pushHeaders }])
  },
})
