import type { Sql, Transaction } from '../db/connect.ts'

/** What becomes of claimed deliveries, as columns; each under the reservation of its claim. */
export type Outcomes = {
  queueIds: number[]
  messageIds: number[]
  subscribers: number[]
  reservations: string[]
  /** 0 waiting, 2 accepted, 3 delivered, 4 failed, 5 stopped. */
  states: number[]
  /** From now until it is due again, or may be forgotten. */
  seconds: number[]
  tries: number[]
  statusCodes: number[]
  failures: (string | null)[]
  /** JSON; null leaves it. */
  tried: (string | null)[]
  /** 1 where an attempt was made, else 0. */
  attempted: number[]
}

/** Which of these messages are still owed to somebody: not deleted nor expired, and in a queue that is there. */
export const stillOwed = (sql: Sql, o: { queueIds: number[]; messageIds: number[] }) => sql<{ id: number }[]>`
  select t.id from unnest(${o.queueIds}::bigint[], ${o.messageIds}::bigint[]) as t (queue_id, id)
   cross join lateral (
         select m.state, m.expires_at from weldmq.messages m
          where m.queue_id = t.queue_id and m.id = t.id offset 0) m
    join weldmq.queue_state s on s.queue_id = t.queue_id
   where m.state = 5 and m.expires_at > now()`

/** Writes the outcomes of those claims that have not ended; which these were. */
export const recordOutcomes = (tx: Transaction, o: Outcomes) => tx<{ reservation: string }[]>`
  update weldmq.deliveries d
     set (state, due_at, tries, status_code, failure, tried, last_try_at) = (
           select (${o.states}::int[])[i], now() + make_interval(secs => (${o.seconds}::float8[])[i]),
                  (${o.tries}::int[])[i], (${o.statusCodes}::int[])[i], (${o.failures}::text[])[i],
                  coalesce((${o.tried}::text[])[i]::jsonb, d.tried),
                  case when (${o.attempted}::int[])[i] = 1 then now() else d.last_try_at end
             from (select array_position(${o.reservations}::uuid[], d.reservation) as i) p)
   where ctid = any(array(
         select x.ctid
           from unnest(${o.queueIds}::bigint[], ${o.messageIds}::bigint[], ${o.subscribers}::bigint[],
                       ${o.reservations}::uuid[]) as t (queue_id, message_id, subscriber, reservation)
          cross join lateral (
                select e.ctid, e.reservation, e.state from weldmq.deliveries e
                 where e.queue_id = t.queue_id and e.message_id = t.message_id and e.subscriber = t.subscriber
                offset 0) x
          where x.reservation = t.reservation and x.state = 1))
     and d.reservation = any(${o.reservations}::uuid[]) and d.state + 0 = 1
  returning replace(d.reservation::text, '-', '') as reservation`

/**
 * Takes deliveries that have ended off their messages, the ids in order. A message with none left is done, and no longer
 * counted; it can be read for a while, longer when some delivery of it failed. When the queue has become a pull queue
 * since it was handed out, and some delivery was stopped because of that, it goes back to the ready line instead. A row
 * that changed under the statement comes back without a state: once more, then. The transaction may have counted under
 * this number before.
 */
export const endDeliveries = (
  tx: Transaction,
  e: {
    queueIds: number[]
    messageIds: number[]
    ended: number[]
    keepSeconds: { delivered: number; failed: number }
    slot: number
    seq: number
  },
) => tx<{ queue_id: number; id: number; state: number | null }[]>`
  with x as materialized (
    select x.ctid as c, t.* from unnest(${e.queueIds}::bigint[], ${e.messageIds}::bigint[], ${e.ended}::int[])
                       as t (queue_id, id, ended)
     cross join lateral (
           select m.ctid from weldmq.messages m
            where m.queue_id = t.queue_id and m.id = t.id and m.state = 5 for update) x),
  u as (
    update weldmq.messages m
       set (owed, state, lane, expires_at) = (
             select m.owed - ended,
                    case when m.owed > ended then 5 when back then 0 else 6 end,
                    case when m.owed <= ended and back
                         then (select s.cur from weldmq.queue_state s where s.queue_id = m.queue_id) else m.lane end,
                    case when m.owed > ended or back then m.expires_at
                         else least(m.expires_at, now() + make_interval(secs =>
                                case when exists (select from weldmq.deliveries d
                                                   where d.queue_id = m.queue_id and d.message_id = m.id and d.state + 0 = 4)
                                     then ${e.keepSeconds.failed}::int else ${e.keepSeconds.delivered}::int end)) end
               from (select (${e.ended}::int[])[array_position(${e.messageIds}::bigint[], m.id)] as ended,
                            exists (select from weldmq.queue_state s
                                     where s.queue_id = m.queue_id
                                       and (s.push is null or m.id <= (s.push->>'since')::bigint))
                              and exists (select from weldmq.deliveries d
                                           where d.queue_id = m.queue_id and d.message_id = m.id and d.state + 0 = 5)
                              as back) p)
     where ctid = any(array(select c from x))
    returning queue_id, id, state),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select queue_id, ${e.slot}, ${e.seq}, -count(*), 0 from u where state = 6 group by queue_id
    on conflict (queue_id, slot, seq) do update set size = counter_deltas.size + excluded.size)
  select x.queue_id, x.id, u.state from x left join u using (queue_id, id)`

/** Counts failures in a row. */
export const countFailures = (
  tx: Transaction,
  f: { queueIds: number[]; subscribers: number[]; failures: number[] },
) => tx`
  insert into weldmq.subscriber_health as h (queue_id, subscriber, failures)
  select * from unnest(${f.queueIds}::bigint[], ${f.subscribers}::bigint[], ${f.failures}::int[])
  on conflict (queue_id, subscriber) do update set failures = h.failures + excluded.failures`

/** Leaves those alone for a while that have failed too often, unless they are paused already; each time twice as long. */
export const startPauses = (
  tx: Transaction,
  f: { queueIds: number[]; subscribers: number[]; pauseAfter: number[]; pauseSeconds: { min: number; max: number } },
) => tx`
  update weldmq.subscriber_health h
     set pauses = pauses + 1,
         paused_until = now() + make_interval(secs =>
           least(${f.pauseSeconds.max}::int, ${f.pauseSeconds.min}::int * 2 ^ least(h.pauses, 20)))
    from unnest(${f.queueIds}::bigint[], ${f.subscribers}::bigint[], ${f.pauseAfter}::int[])
           as t (queue_id, subscriber, pause_after)
   where h.queue_id = t.queue_id and h.subscriber = t.subscriber and h.failures >= t.pause_after
     and coalesce(h.paused_until <= now(), true)`

/** They answered well: their failures are forgotten. */
export const clearFailures = (tx: Transaction, c: { queueIds: number[]; subscribers: number[] }) => tx`
  delete from weldmq.subscriber_health h using unnest(${c.queueIds}::bigint[], ${c.subscribers}::bigint[])
           as t (queue_id, subscriber)
   where h.queue_id = t.queue_id and h.subscriber = t.subscriber`
