import type { Delivery } from '@weldmq/queue-core'

const statuses = {
  queued: 'queued',
  retrying: 'retrying',
  reserved: 'reserved',
  delivered: 'deleted',
  failed: 'error',
} as const

/** A push status (contract v2, section 5). */
export const showDelivery = ({ id, url, retriesDelaySeconds, retriesRemaining, statusCode, state }: Delivery) => ({
  id,
  url,
  retries_delay: retriesDelaySeconds,
  retries_remaining: retriesRemaining,
  status_code: statusCode,
  status: statuses[state],
})

/** Of a message: the retries of the subscriber that has most of them left (contract v2 G3). */
export const showPushStatus = (deliveries: Delivery[]) => ({
  retries_remaining: Math.max(0, ...deliveries.map(({ retriesRemaining }) => retriesRemaining)),
})
