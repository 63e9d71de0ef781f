import type { Alert, NewAlert } from '../alerts/alert.ts'
import { publicId } from './public-id.ts'
import type { Push, PushSettings } from './push.ts'
import type { QueueRow } from './queue.sql.ts'
import { type Health, showPush } from './show-push.ts'

export type DeadLetter = { queueName: string; maxReservations: number }

/** What can be set on a queue; what is left out keeps its value, or gets the default on creation. */
export type QueueSettings = {
  messageTimeoutSeconds?: number
  messageExpirationSeconds?: number
  /** null or an empty name takes the dead letter queue away; refused when there is none (contract v3 C8). */
  deadLetter?: { queueName?: string; maxReservations?: number }
  /** All that the queue will have; an empty list takes them away. */
  alerts?: NewAlert[]
  /**
   * How it delivers. The type is what it is created with: `multicast` when left out, and then there must be subscribers;
   * a queue that is created without any of this is a pull queue.
   */
  push?: PushSettings
}

export type Queue = {
  /** 24 hex characters, for doors that show one. */
  id: string
  projectId: string
  name: string
  type: 'pull' | Push['type']
  /** How it delivers; undefined for a pull queue. */
  push: Push | undefined
  messageTimeoutSeconds: number
  messageExpirationSeconds: number
  deadLetter: DeadLetter | undefined
  alerts: Alert[]
}

export type QueueWithSize = Queue & {
  /** Ready, delayed, reserved and buried messages: exact. */
  size: number
  /** Messages ever posted: never falls. */
  totalMessages: number
}

/** What is shown with a queue and stored beside it. */
export type Beside = { alerts: Alert[]; health: Health[] }

/** A row as the product shows it. */
export function toQueue(projectId: string, name: string, row: QueueRow, { alerts, health }: Beside): Queue {
  return {
    id: publicId(row),
    projectId,
    name,
    type: row.push?.type ?? 'pull',
    push: row.push ? showPush(row.push, health) : undefined,
    messageTimeoutSeconds: row.message_timeout,
    messageExpirationSeconds: row.message_expiration,
    deadLetter:
      row.dead_letter_queue === null
        ? undefined
        : { queueName: row.dead_letter_queue, maxReservations: row.max_reservations! },
    alerts,
  }
}
