import { type Delivery, type Tried, deliveryWithoutCredentials } from '@weldmq/queue-core'
import { wholeSeconds } from './whole-seconds.ts'

/** The words of v2 (push.md, section 5). */
const statuses = {
  queued: 'queued',
  retrying: 'retrying',
  reserved: 'reserved',
  delivered: 'deleted',
  failed: 'error',
} as const

/** One entry for each subscriber that is owed the message; of a unicast queue for each that was tried (push.md S1, S2). */
export const showDeliveries = ({ mayManage }: { mayManage: boolean }, deliveries: Delivery[]) =>
  (mayManage ? deliveries : deliveries.map(deliveryWithoutCredentials)).flatMap((delivery) =>
    delivery.tried
      ? delivery.tried.map((one, i, all) => showTried(delivery, one, i === all.length - 1))
      : [entry(delivery, statuses[delivery.state], delivery.retriesRemaining)],
  )

/** Whoever was tried last stands where the delivery stands; the others have failed, and may have their turn again. */
function showTried({ state, retriesRemaining }: Delivery, tried: Tried, isLast: boolean) {
  const isOver = state === 'delivered' || state === 'failed'
  const status = isLast ? statuses[state] : isOver ? 'error' : 'retrying'
  return entry(tried, status, retriesRemaining)
}

type Tries = Pick<Delivery, 'subscriber' | 'url' | 'statusCode' | 'tries' | 'lastTryAt' | 'failure'>

const entry = (of: Tries, status: string, retriesRemaining: number) => ({
  name: of.subscriber,
  subscriber_name: of.subscriber,
  url: of.url,
  status_code: of.statusCode,
  tries: of.tries,
  retries_remaining: retriesRemaining,
  retries_total: of.tries,
  ...(of.lastTryAt && { last_try_at: wholeSeconds(of.lastTryAt) }),
  status,
  ...(of.failure !== undefined && { msg: of.failure }),
})
