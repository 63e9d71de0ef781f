import { type Outcome, type QueueClient, type TakenMessage, behavesLikeAQueue, letPass, sqlFor } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { type Answer, type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
const sql = sqlFor(v3.database)
afterAll(() => sql.end())

const outcomes: Record<number, Outcome> = { 200: 'done', 403: 'lapsed', 404: 'gone' }

function outcomeOf({ status, text }: Answer): Outcome {
  const outcome = outcomes[status]
  if (!outcome) throw new Error(`${status} ${text}`)
  return outcome
}

function clientOf(my: InProject): QueueClient {
  const at = ({ id }: TakenMessage) => `/queues/q/messages/${id}`
  return {
    async post(...messages) {
      const wire = messages.map(({ body, delaySeconds, priority }) => ({ body, delay: delaySeconds, priority }))
      return (await my.send('POST', '/queues/q/messages', { messages: wire })).json.ids
    },
    async reserve({ count, timeoutSeconds, waitSeconds }) {
      const taken = await my.reserve('q', { n: count, timeout: timeoutSeconds, wait: waitSeconds })
      return taken.map(({ id, body, reservation_id, reserved_count }) => ({
        id,
        body,
        reservation: reservation_id,
        reservedCount: reserved_count,
      }))
    },
    async touch(message) {
      const answer = await my.send('POST', `${at(message)}/touch`, { reservation_id: message.reservation })
      const outcome = outcomeOf(answer)
      return outcome === 'done' ? { ...message, reservation: answer.json.reservation_id } : outcome
    },
    release: async (message, delay = 0) =>
      outcomeOf(await my.send('POST', `${at(message)}/release`, { reservation_id: message.reservation, delay })),
    delete: async (message) => outcomeOf(await my.send('DELETE', at(message), { reservation_id: message.reservation })),
    size: () => my.size('q'),
  }
}

behavesLikeAQueue('REST v3', async () => {
  const my = await v3.aProject()
  await my.send('PUT', '/queues/q')
  const on = { project: my.id, queue: 'q' }
  return {
    client: clientOf(my),
    another: async () => clientOf(my),
    async pass(seconds) {
      await letPass(sql, on, seconds)
    },
  }
})
