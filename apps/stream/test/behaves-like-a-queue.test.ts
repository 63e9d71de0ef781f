import { type Outcome, type QueueClient, type TakenMessage, behavesLikeAQueue, letPass, sqlFor } from '@weldmq/testing'
import { afterAll } from 'vitest'
import type { Frame } from './client.ts'
import { startStream } from './stream.ts'

const stream = await startStream()
const sql = sqlFor(stream.database)
afterAll(() => sql.end())

type Door = Awaited<ReturnType<typeof stream.aDoor>>
type Client = Awaited<ReturnType<Door['client']>>

const outcomes: Record<string, Outcome> = { reservation_lapsed: 'lapsed', message_not_found: 'gone' }

function outcomeOf(answer: Frame): Outcome {
  if (answer.type === 'ok') return 'done'
  const outcome = outcomes[answer['code']]
  if (!outcome) throw new Error(JSON.stringify(answer))
  return outcome
}

/** Reserves by a subscription of its own for each call; that nothing is ready is what `idle` says. */
function clientOf(door: Door, my: Client): QueueClient {
  let subscriptions = 0
  const named = ({ id, reservation }: TakenMessage) => [{ id, reservation_id: reservation }]
  return {
    async post(...messages) {
      const sent = messages.map(({ body, delaySeconds, priority }) => ({ body, delay: delaySeconds, priority }))
      return (await my.ask({ type: 'post', queue: 'q', messages: sent }))['ids']
    },
    async reserve({ count = 1, timeoutSeconds, waitSeconds = 0 }) {
      const sub = `s${subscriptions++}`
      await my.ask({ type: 'subscribe', sub, queue: 'q', credit: count, timeout: timeoutSeconds })
      const isOver = performance.now() + waitSeconds * 1000
      let frame: Frame
      do frame = await my.takeEither(({ type, sub: name }) => name === sub && (type === 'messages' || type === 'idle'))
      while (frame.type === 'idle' && performance.now() < isOver)
      // What is held stays so; its credit, when it is back, must not take what others are to have.
      my.send({ type: 'unsubscribe', sub, drain: true })
      await my.ask({ type: 'ping' })
      if (frame.type === 'idle') frame = my.frames.find((one) => one.type === 'messages' && one['sub'] === sub) ?? frame
      return ((frame['messages'] ?? []) as Frame[]).map(({ id, body, reservation_id, reserved_count }) => ({
        id: id as string,
        body: body as string,
        reservation: reservation_id as string,
        reservedCount: reserved_count as number,
      }))
    },
    async touch(message) {
      const answer = await my.ask({ type: 'touch', queue: 'q', ids: named(message) })
      const outcome = outcomeOf(answer)
      return outcome === 'done' ? { ...message, reservation: answer['ids'][0].reservation_id } : outcome
    },
    release: async (message, delay = 0) =>
      outcomeOf(await my.ask({ type: 'release', queue: 'q', ids: named(message), delay })),
    delete: async (message) => outcomeOf(await my.ask({ type: 'delete', queue: 'q', ids: named(message) })),
    size: door.size,
  }
}

behavesLikeAQueue('the stream', async () => {
  const limits = { heartbeatSeconds: 0.05, heartbeatsMissed: 1000, subscriptions: 1000 }
  const door = await stream.aDoor({ limits })
  const another = async () => clientOf(door, await door.client())
  return {
    client: await another(),
    another,
    async pass(seconds) {
      await letPass(sql, door.on, seconds)
    },
  }
})
