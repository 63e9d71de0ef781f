import type { Transaction } from '../db/connect.ts'

/** Sets how the queue delivers, as JSON; null makes it a pull queue. Whatever made it, it stays from now on. */
export const setPush = (sql: Transaction, queueId: number, push: string | null) => sql`
  update weldmq.queue_state set push = ${push}::text::jsonb, transient = false where queue_id = ${queueId}`
