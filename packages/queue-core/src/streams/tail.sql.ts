import type { Sql } from '../db/connect.ts'

export type TailRow = {
  /** The newest id given out; null when the queue is gone. */
  newest: number | null
  /** Messages ever posted to the queue, those of this snapshot. */
  total: number
  id: number | null
  body: Buffer
  reserved_count: number
}

/**
 * Messages of the queue with ids after `after`, whatever their state, the oldest first, those that were `shown` left out;
 * one row at least. The total is of the same snapshot, so what is in it and was never among the rows was missed.
 */
export const messagesAfter = (sql: Sql, t: { queueId: number; after: number; shown: number[]; limit: number }) => sql<
  TailRow[]
>`
  select case when (select true from weldmq.queue_state where queue_id = ${t.queueId})
              then (select case when is_called then last_value else 0 end from weldmq.message_id) end as newest,
         c.total, m.id, m.body, m.reserved_count
    from (select coalesce(sum(total), 0)::bigint as total from (
            select total from weldmq.counter_base where queue_id = ${t.queueId}
            union all
            select d.total from weldmq.writers w cross join lateral (
                   select d.total from weldmq.counter_deltas d
                    where d.queue_id = ${t.queueId} and d.slot = w.slot
                      and d.seq > coalesce((select folded from weldmq.counter_base b
                                             where b.queue_id = ${t.queueId} and b.slot = w.slot), -1)) d) x) c
    left join lateral (
         select id, body, reserved_count from weldmq.messages
          where queue_id = ${t.queueId} and id > ${t.after} and id <> all(${t.shown}::bigint[]) and expires_at > now()
          order by id limit ${t.limit}) m on true`
