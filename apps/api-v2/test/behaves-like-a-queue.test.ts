import { type Outcome, type QueueClient, type TakenMessage, behavesLikeAQueue, letPass, sqlFor } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { type Answer, type InProject, startV2 } from './v2.ts'

const v2 = await startV2()
const sql = sqlFor(v2.database)
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
      const wire = messages.map(({ body, delaySeconds }) => ({ body, delay: delaySeconds }))
      return (await my.send('POST', '/queues/q/messages', { messages: wire })).json.ids
    },
    async reserve({ count = 1, timeoutSeconds = 0, waitSeconds = 0 }) {
      const taken = await my.get('q', `n=${count}&timeout=${timeoutSeconds}&wait=${waitSeconds}`)
      return taken.map(({ id, body, reserved_count }) => ({ id, body, reservedCount: reserved_count }))
    },
    async touch(message) {
      const outcome = outcomeOf(await my.send('POST', `${at(message)}/touch`))
      return outcome === 'done' ? message : outcome
    },
    release: async (message, delay = 0) => outcomeOf(await my.send('POST', `${at(message)}/release`, { delay })),
    delete: async (message) => outcomeOf(await my.send('DELETE', at(message))),
    size: () => my.size('q'),
  }
}

// Whoever knows a message's id may act for it, which is what v2 means by a reservation.
behavesLikeAQueue(
  'REST v2',
  async () => {
    const my = await v2.aProject()
    await my.send('POST', '/queues/q')
    const on = { project: my.id, queue: 'q' }
    return {
      client: clientOf(my),
      another: async () => clientOf(my),
      async pass(seconds) {
        await letPass(sql, on, seconds)
      },
    }
  },
  { keepsPlaces: false, namesReservations: false, guardsReservations: false, priorities: false },
)
