import { type Outcome, type QueueClient, behavesLikeAQueue } from '@weldmq/testing'
import { aCore, valueOf } from '../test/a-core.ts'
import { type AQueue, aQueue } from '../test/a-queue.ts'
import type { Result } from './index.ts'

const a = await aCore()
const other = await a.another()

const outcomeOf = (result: Result<unknown>): Outcome => {
  if (result.ok) return 'done'
  return result.refusal.kind === 'reservation_lapsed' ? 'lapsed' : 'gone'
}

function clientOf(q: AQueue): QueueClient {
  const held = ({ id, reservation }: { id: string; reservation?: string }) => ({
    id: Number(id),
    reservationId: reservation ?? '',
  })
  return {
    async post(...messages) {
      const bytes = messages.map((message) => ({ ...message, body: Buffer.from(message.body) }))
      return valueOf(await q.core.postMessages({ ...q.on, messages: bytes })).map(String)
    },
    async reserve({ count = 1, ...more }) {
      const taken = await q.reserve(count, more)
      return taken.map(({ id, body, reservationId, reservedCount }) => ({
        id: String(id),
        body: body.toString(),
        reservation: reservationId,
        reservedCount,
      }))
    },
    async touch(message) {
      const result = await q.touch(held(message))
      const outcome = outcomeOf(result)
      return outcome === 'done' ? { ...message, reservation: valueOf(result).reservationId } : outcome
    },
    release: async (message, delaySeconds = 0) => outcomeOf(await q.release(held(message), { delaySeconds })),
    delete: async (message) => outcomeOf(await q.delete(held(message))),
    size: async () => (await q.size()).size,
  }
}

async function open(through: { client: typeof other; another: typeof other }) {
  const q = await aQueue(a, { using: through.client, settings: {} })
  return { client: clientOf(q), another: async () => clientOf(q.through(through.another)), pass: q.pass }
}

behavesLikeAQueue('the core', () => open({ client: a.core, another: a.core }))
behavesLikeAQueue('the core in two gateways', () => open({ client: a.core, another: other }))
