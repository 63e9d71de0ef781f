import type { QueueRow } from './queue.sql.ts'

export type DeadLetter = { queueName: string; maxReservations: number }

/** What can be set on a queue; what is left out keeps its value, or gets the default on creation. */
export type QueueSettings = {
  messageTimeoutSeconds?: number
  messageExpirationSeconds?: number
  /** null or an empty name takes the dead letter queue away; refused when there is none (contract v3 C8). */
  deadLetter?: { queueName?: string; maxReservations?: number }
}

export type Queue = {
  projectId: string
  name: string
  type: 'pull'
  messageTimeoutSeconds: number
  messageExpirationSeconds: number
  deadLetter: DeadLetter | undefined
}

export type QueueWithSize = Queue & {
  /** Ready, delayed, reserved and buried messages: exact. */
  size: number
  /** Messages ever posted: never falls. */
  totalMessages: number
}

/** A row as the product shows it. */
export function toQueue(projectId: string, name: string, row: QueueRow): Queue {
  return {
    projectId,
    name,
    type: 'pull',
    messageTimeoutSeconds: row.message_timeout,
    messageExpirationSeconds: row.message_expiration,
    deadLetter:
      row.dead_letter_queue === null
        ? undefined
        : { queueName: row.dead_letter_queue, maxReservations: row.max_reservations! },
  }
}
