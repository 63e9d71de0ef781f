import type { Sql } from '../db/connect.ts'

type Asked = { queueIds: number[]; ids: number[]; reservations: string[] }

/**
 * Which of these reservations hold no more, by their place (from 1), and what became of the message: its queue is gone,
 * it is gone, or it is not under this reservation any more.
 */
export const whatEnded = (sql: Sql, a: Asked) => sql<{ place: number; why: 'queue_deleted' | 'deleted' | 'lapsed' }[]>`
  select t.place::int as place,
         case when s.queue_id is null then 'queue_deleted' when x.id is null then 'deleted' else 'lapsed' end as why
    from unnest(${a.queueIds}::bigint[], ${a.ids}::bigint[], ${a.reservations}::uuid[]) with ordinality
         as t (queue_id, id, reservation, place)
    left join lateral (
         select s.queue_id from weldmq.queue_state s where s.queue_id = t.queue_id offset 0) s on true
    left join lateral (
         select m.id, m.reservation, m.due_at from weldmq.messages m
          where m.queue_id = t.queue_id and m.id = t.id offset 0) x on true
   where s.queue_id is null or x.id is null or x.reservation is distinct from t.reservation or x.due_at <= now()`

/** Which of these queues are gone. */
export const whichAreGone = (sql: Sql, queueIds: number[]) => sql<{ id: number }[]>`
  select t.id from unnest(${queueIds}::bigint[]) as t (id)
    left join lateral (
         select s.queue_id from weldmq.queue_state s where s.queue_id = t.id offset 0) s on true
   where s.queue_id is null`

/** How long a reservation of the queue lasts where nobody says; nothing when the queue is gone. */
export const messageTimeoutOf = (sql: Sql, queueId: number) => sql<{ seconds: number }[]>`
  select message_timeout as seconds from weldmq.queue_state where queue_id = ${queueId}`
