import type { Attempt, ClaimedDelivery, Core, PushSettings } from '../src/index.ts'
import { type ACore, valueOf } from './a-core.ts'
import { aQueue } from './a-queue.ts'

/** What a subscriber answers. */
export type Answers = (delivery: ClaimedDelivery) => Attempt | number

/** A push queue with subscribers of these names; `settings` may say everything else. */
export async function aPushQueue(a: ACore, names: string[], settings: PushSettings = {}) {
  const q = await aQueue(a)
  const subscribers = names.map((name) => ({ name, url: `http://example.com/${name}` }))
  valueOf(await a.core.putQueue({ ...q.on, settings: { push: { subscribers, ...settings } } }))

  /** Claims whatever is due here, with so much room for each subscriber. */
  async function claim({ room = 100, core = a.core, bytes }: { room?: number; core?: Core; bytes?: number } = {}) {
    const due = await core.pushing.due()
    const here = due.filter((one) => one.project === q.on.project && one.queue === q.on.queue)
    const claims: ClaimedDelivery[] = []
    for (const one of here) {
      claims.push(...(await core.pushing.claim(one, new Map(one.receivers.map(({ id }) => [id, room])), bytes)))
    }
    return claims
  }

  return {
    ...q,
    claim,
    /** Claims and records until nothing is due, and says who was asked, in turn. */
    async deliver(answer: Answers = () => 200, core = a.core): Promise<string[]> {
      const asked: string[] = []
      for (;;) {
        const claims = await claim({ core })
        if (claims.length === 0) return asked.sort()
        const attempts = claims.map((delivery) => {
          asked.push(delivery.subscriber.name)
          const answered = answer(delivery)
          return { delivery, attempt: typeof answered === 'number' ? { statusCode: answered } : answered }
        })
        await core.pushing.record(attempts)
      }
    },
    statuses: async (messageId: number) => valueOf(await a.core.listDeliveries({ ...q.on, messageId })),
    /** What was reported so far to the queue of that name. */
    async errors(queue = 'errors') {
      const taken = await a.core.reserveMessages({ project: q.on.project, queue, count: 100, delete: true })
      return taken.ok ? taken.value.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>) : []
    },
    acknowledge: ({ messageId, reservationId, subscriber }: ClaimedDelivery) =>
      a.core.deleteMessage({ ...q.on, messageId, reservationId, subscriber: subscriber.name }),
  }
}
