import { type Queue, WeldmqError } from '@weldmq/client'
import { type Outcome, type QueueClient, type TakenMessage, behavesLikeAQueue, letPass, sqlFor } from '@weldmq/testing'
import { afterAll } from 'vitest'
import { clientOf } from './client.ts'
import { aDatabase, aGateway, projectId } from './gateway.ts'

const database = await aDatabase()
const sql = sqlFor(database)
afterAll(() => sql.end())
const gateway = await aGateway(database)

const outcomes: Record<number, Outcome> = { 403: 'lapsed', 404: 'gone' }

async function outcomeOf(call: Promise<void>): Promise<Outcome> {
  try {
    await call
    return 'done'
  } catch (error) {
    const outcome = error instanceof WeldmqError ? outcomes[error.status] : undefined
    if (outcome === undefined) throw error
    return outcome
  }
}

function through(queue: Queue): QueueClient {
  const refOf = ({ id, reservation }: TakenMessage) => ({ id, reservationId: reservation! })
  return {
    post: (...messages) =>
      queue.post(
        messages.map(({ body, delaySeconds, priority }) => ({
          body,
          ...(delaySeconds !== undefined && { delay: delaySeconds }),
          ...(priority !== undefined && { priority }),
        })),
      ),
    async reserve({ count, timeoutSeconds, waitSeconds }) {
      const taken = await queue.reserve({ count, timeout: timeoutSeconds, wait: waitSeconds })
      return taken.map(({ id, body, reservationId, reservedCount }) => {
        return { id, body, reservation: reservationId, reservedCount }
      })
    },
    async touch(message) {
      let reservation = ''
      const touching = queue.touchMessage(refOf(message)).then((id) => void (reservation = id))
      const outcome = await outcomeOf(touching)
      return outcome === 'done' ? { ...message, reservation } : outcome
    },
    release: (message, delay) => outcomeOf(queue.releaseMessage(refOf(message), { delay })),
    delete: (message) => outcomeOf(queue.deleteMessage(refOf(message))),
    size: async () => (await queue.info()).size,
  }
}

let queues = 0
behavesLikeAQueue('the client over REST v3', async () => {
  const name = `queue-${queues++}`
  const queue = clientOf(gateway).queue(name)
  await queue.create()
  const on = { project: projectId, queue: name }
  return {
    client: through(queue),
    another: async () => through(clientOf(gateway).queue(name)),
    async pass(seconds) {
      await letPass(sql, on, seconds)
    },
  }
})
