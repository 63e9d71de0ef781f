import type { Sql } from '../db/connect.ts'
import type { WantedHold } from './reserve.sql.ts'

/**
 * Takes that message, ready, delayed or buried, and starts a reservation on it. Nothing when somebody holds it, or when
 * it is owed to subscribers.
 */
export const reserveById = (sql: Sql, r: WantedHold & { queueId: number; id: number; reservation: string }) => sql<
  { id: number; body: Buffer; seconds: number }[]
>`
  update weldmq.messages m
     set state = 2,
         reserved_count = reserved_count + 1,
         due_at = now() + make_interval(secs => coalesce(
           case ${r.timeoutSeconds}::bigint when 0 then null when -1 then m.timeout_seconds else ${r.timeoutSeconds}::bigint end,
           (select message_timeout from weldmq.queue_state where queue_id = ${r.queueId}))),
         reservation = ${r.reservation}::uuid,
         holder = ${r.holder}::bigint
   where ctid = any(array(
         select m.ctid from weldmq.messages m
          where m.queue_id = ${r.queueId} and m.id = ${r.id} and m.state + 0 in (0, 1, 3) and m.expires_at > now()
            for update))
     and (select true from weldmq.queue_state where queue_id = ${r.queueId})
  returning id, body, extract(epoch from due_at - now())::float8 as seconds`
