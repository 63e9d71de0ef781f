import type {
  Alert,
  FoundByIdMessage,
  FoundMessage,
  QueueWithSize,
  ReservedMessage,
  Subscriber,
} from '@weldmq/queue-core'
import { bytesToText } from '@weldmq/service-kit'
import { toWireId } from '@weldmq/v3-wire'

/** What every answer says of a message; a reservation has no name in v2 (contract v2 G1, G4). */
const shown = ({ id, body, timeoutSeconds, reservedCount }: FoundMessage | ReservedMessage) => ({
  id: toWireId(id),
  body: bytesToText(body),
  timeout: timeoutSeconds,
  reserved_count: reservedCount,
})

/**
 * A message of a list: peeked at or in the hands of the one who got it (contract v2 G1, 4.4). What can be had from a line is
 * delivered to nobody, in a push queue too (push.md Q4).
 */
export const showListed = (message: FoundMessage | ReservedMessage) => ({ ...shown(message), push_status: {} })

const statuses = {
  ready: 'available',
  delayed: 'delayed',
  reserved: 'reserved',
  buried: 'reserved',
  owed: 'reserved',
  done: 'deleted',
} as const

/** A message that was asked for by its id (contract v2 4.5). What is buried, or owed to subscribers, is out of reach as if it were reserved. */
export const showFound = (found: FoundByIdMessage) => ({ ...shown(found), status: statuses[found.status] })

/** Names are a thing of v3 (contract v2 M20). */
const showSubscriber = ({ url, headers }: Subscriber) => ({ url, ...(headers && { headers }) })

const showAlert = ({ id, type, trigger, direction, queue, snoozeSeconds }: Alert) => ({
  id,
  type,
  trigger,
  direction,
  queue,
  snooze: snoozeSeconds,
})

/** The whole queue; what belongs to push queues only when it is one, alerts when there are any (contract v2 3.2). */
export const showQueue = ({ id, name, projectId, size, totalMessages, push, alerts }: QueueWithSize) => ({
  id,
  name,
  project_id: projectId,
  size,
  total_messages: totalMessages,
  ...(push && {
    push_type: push.type,
    retries: push.retries,
    retries_delay: push.retriesDelaySeconds,
    subscribers: push.subscribers.map(showSubscriber),
    ...(push.errorQueue && { error_queue: push.errorQueue }),
  }),
  ...(alerts.length > 0 && { alerts: alerts.map(showAlert) }),
})
