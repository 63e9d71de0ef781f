import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { readBody } from '@weldmq/service-kit'
import { PostedAnswer, limits, pushHeaderProblem } from '@weldmq/v3-wire'
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
    const pushHeaders = subscriberHeaders(call.incoming)
    return post(call, [pushHeaders === undefined ? { body } : { body, pushHeaders }])
  },
})

const prefix = 'x-subscribers-'

/** Headers behind the prefix, the first five that are allowed, in the order they came (contract v3 W3, W4). */
function subscriberHeaders({ rawHeaders }: IncomingMessage): Record<string, string> | undefined {
  const found = new Map<string, string>()
  for (let i = 0; i + 1 < rawHeaders.length && found.size < limits.pushHeaders.count; i += 2) {
    const header = rawHeaders[i]!
    if (header.length <= prefix.length || header.slice(0, prefix.length).toLowerCase() !== prefix) continue
    const name = header.slice(prefix.length)
    const value = rawHeaders[i + 1]!
    if (pushHeaderProblem(name, value) === undefined && !found.has(name)) found.set(name, value)
  }
  return found.size === 0 ? undefined : Object.fromEntries(found)
}
