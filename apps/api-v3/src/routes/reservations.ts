import type { ReserveMessages } from '@weldmq/queue-core'
import { queryOf, whileThere } from '@weldmq/service-kit'
import { ReserveBody, ReservedAnswer, given, isPlainReserve, limits, problemOf } from '@weldmq/v3-wire'
import type { z } from 'zod'
import { type Call, route } from '../route.ts'
import { showReserved } from '../show-message.ts'

export const reserveMessages = route({
  method: 'POST',
  path: '/queues/:queue/reservations',
  summary: 'Reserve messages, waiting for the first one when asked to',
  scope: 'consume',
  body: ReserveBody,
  isPlain: isPlainReserve,
  query: ReserveBody,
  answers: { 200: ReservedAnswer },
  async handle(call) {
    const asked = withQuery(call)
    if (!asked.success) return call.refuse(problemOf(asked.error))
    const { n, timeout, wait, delete: remove } = asked.data
    const command: ReserveMessages = { project: call.project, queue: call.queue, count: given(n) ?? 1 }
    const timeoutSeconds = given(timeout)
    if (timeoutSeconds !== undefined) command.timeoutSeconds = timeoutSeconds
    if (remove === true) command.delete = true
    const result =
      wait === undefined || wait === 0
        ? await call.core.reserveMessages(command)
        : await whileThere(call, (signal) =>
            call.core.reserveMessages({ ...command, waitSeconds: Math.min(wait, limits.waitSeconds.max), signal }),
          )
    return call.reply(result, (reserved) => ({ messages: reserved.map(showReserved) }))
  },
})

/** What the body says, and the query where the body is silent (contract v3 R13). */
function withQuery({ body, incoming }: Call<z.infer<typeof ReserveBody>>) {
  if (!incoming.url!.includes('?')) return { success: true as const, data: body }
  const { delete: remove, ...query } = Object.fromEntries([...queryOf(incoming)].filter(([, value]) => value !== ''))
  return ReserveBody.safeParse({
    ...query,
    ...(remove !== undefined && { delete: remove === 'true' ? true : remove === 'false' ? false : remove }),
    ...body,
  })
}
