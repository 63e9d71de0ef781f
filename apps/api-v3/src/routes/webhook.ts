import { isUtf8 } from 'node:buffer'
import { readBody } from '@weldmq/service-kit'
import { PostedAnswer, subscriberHeaders } from '@weldmq/v3-wire'
import { route } from '../route.ts'
import { post } from './messages.ts'

/** The whole request body, whatever it is, becomes one message (contract v3 W1, W7, W9). */
export const postWebhook = route({
  method: 'POST',
  path: '/queues/:queue/webhook',
  summary: 'Post the request body as one message',
  scope: 'produce',
  answers: { 201: PostedAnswer },
  creates: true,
  async handle(call) {
    const bytes = await readBody(call.incoming, call.maxBodyBytes)
    const body = isUtf8(bytes) ? bytes : Buffer.from(bytes.toString()) // with replacement characters (W8)
    const pushHeaders = subscriberHeaders(call.incoming.rawHeaders)
    return post(call, [pushHeaders === undefined ? { body } : { body, pushHeaders }])
  },
})
