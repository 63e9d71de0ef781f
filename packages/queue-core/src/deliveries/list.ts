import { findById } from '../line/look.sql.ts'
import { GONE, type Parts, onQueue } from '../messages/on-queue.ts'
import type { StoredPush } from '../queues/push.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { type DeliveryRow, deliveriesOf } from './acknowledge.sql.ts'
import { deliveryId } from './delivery-id.ts'
import type { Delivery, Tried } from './delivery.ts'
import { readDelivering } from './due.sql.ts'
import type { StoredTried } from './tried.ts'

/** What became of a message at each subscriber (push.md section 5); an empty list for a message of a pull queue. */
export const listDeliveries = (
  parts: Parts,
  command: { project: string; queue: string; messageId: number },
): Promise<Result<Delivery[]>> =>
  onQueue(parts, command, async ({ queueId }) => {
    const { messageId: id } = command
    const [row] = await readDelivering(parts.sql, [queueId])
    if (!row) return GONE
    // What a push queue of before did with a message is over once it was a pull queue, and so are its subscribers.
    const push = row.push && id > (row.push.since ?? 0) ? row.push : undefined
    const rows = push ? await deliveriesOf(parts.hot, queueId, id) : []
    if (push && rows.length > 0) return ok(rows.map((one) => toDelivery(push, id, one)))
    const [found] = await findById(parts.hot, { queueId, id })
    if (!found) return refuse({ kind: 'message_not_found', id })
    return ok(push && found.status === 'owed' ? notBegun(push, id) : [])
  })

/** Nobody has handed it out yet, so nothing is stored about it. */
function notBegun(push: StoredPush, messageId: number): Delivery[] {
  const owed = push.subscribers.filter(({ after }) => after < messageId)
  const lanes = push.type === 'unicast' ? owed.slice(0, 1).map(() => 0) : owed.map(({ id }) => id)
  return lanes.map((subscriber) => toDelivery(push, messageId, { ...untouched, subscriber }))
}

const untouched: Omit<DeliveryRow, 'subscriber'> = {
  state: 0,
  tries: 0,
  status_code: 0,
  last_try_at: null,
  failure: null,
  tried: null,
  open: false,
}

function toDelivery(push: StoredPush, messageId: number, row: DeliveryRow): Delivery {
  const tried = (row.tried ?? []) as StoredTried[]
  const known = [...push.subscribers, ...push.removed]
  const shown = row.subscriber || tried.at(-1)?.id || push.subscribers[0]?.id
  const one = known.find(({ id }) => id === shown)
  return {
    id: deliveryId(push.key, messageId, row.subscriber),
    subscriber: one?.name ?? '',
    url: one?.url ?? '',
    state: stateOf(row),
    statusCode: row.status_code,
    tries: row.tries,
    retriesRemaining: Math.max(0, push.retries - row.tries),
    retriesDelaySeconds: push.retriesDelaySeconds,
    ...(row.last_try_at && { lastTryAt: row.last_try_at }),
    ...(row.failure !== null && { failure: row.failure }),
    ...(row.subscriber === 0 && { tried: tried.map((other) => toTried(other, known, row)) }),
  }
}

function toTried(
  { id, code, tries, at, failure }: StoredTried,
  known: { id: number; name: string; url: string }[],
  row: DeliveryRow,
): Tried {
  const one = known.find((subscriber) => subscriber.id === id)
  return {
    subscriber: one?.name ?? '',
    url: one?.url ?? '',
    // Acknowledged since.
    statusCode: code === 202 && row.state === 3 ? row.status_code : code,
    tries,
    lastTryAt: new Date(at),
    ...(failure !== undefined && { failure }),
  }
}

function stateOf({ state, tries, open, tried }: DeliveryRow): Delivery['state'] {
  if (state === 3) return 'delivered'
  if (state > 3) return 'failed'
  if (open) return 'reserved'
  return tries > 0 || tried ? 'retrying' : 'queued'
}
