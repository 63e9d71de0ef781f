import type { Sql } from '../db/connect.ts'

// A message that expired while it was held expires when it is no longer held: at a moment that upkeep has not yet passed.

/**
 * Ends the reservations given, where they still hold: ready again at once, or after each one's own delay. `counts` is
 * 1 for a release, 0 for a return that nobody asked for, and -1 takes the reservation out of the count again, for a
 * message that was handed to a caller who had left. A priority of -1 stays as it is.
 */
export const releaseReserved = (
  sql: Sql,
  r: {
    queueId: number
    ids: number[]
    reservations: string[]
    delaysSeconds: number[]
    priorities: number[]
    counts: number[]
  },
) => sql<{ id: number }[]>`
  update weldmq.messages m
     set (state, due_at, delay_seconds, priority, releases, reserved_count) = (
           select case when delay > 0 then 1 else 0 end,
                  case when delay > 0 then now() + make_interval(secs => delay) end,
                  case when count = 1 then nullif(delay, 0) else m.delay_seconds end,
                  case when priority >= 0 then priority else m.priority end,
                  case when count = 1 then coalesce(m.releases, 0) + 1 else m.releases end,
                  m.reserved_count + least(count, 0)
             from (select (${r.delaysSeconds}::bigint[])[i] as delay, (${r.priorities}::bigint[])[i] as priority,
                          (${r.counts}::int[])[i] as count
                     from (select array_position(${r.reservations}::uuid[], m.reservation) as i) p) w),
         lane = (select cur from weldmq.queue_state where queue_id = ${r.queueId}),
         expires_at = greatest(expires_at, now()),
         reservation = null,
         holder = null
   where ctid = any(array(
         select x.ctid from unnest(${r.ids}::bigint[], ${r.reservations}::uuid[]) as t (id, reservation)
          cross join lateral (
                select m.ctid, m.reservation, m.due_at from weldmq.messages m
                 where m.queue_id = ${r.queueId} and m.id = t.id offset 0) x
          where x.reservation = t.reservation and x.due_at > now()))
     and reservation = any(${r.reservations}::uuid[])
     and (select true from weldmq.queue_state where queue_id = ${r.queueId})
  returning id`

/**
 * Trades the reservations given, where they still hold, for new ones. A timeout of 0 means the queue's own, -1 the
 * message's own or else the queue's; `counts` is 1 where it counts as a reservation.
 */
export const touchReserved = (
  sql: Sql,
  t: {
    queueId: number
    ids: number[]
    reservations: string[]
    newReservations: string[]
    timeoutsSeconds: number[]
    counts: (0 | 1)[]
  },
) => sql<{ id: number; seconds: number }[]>`
  update weldmq.messages m
     set (due_at, reservation, reserved_count) = (
           select now() + make_interval(secs => coalesce(
                    case w.timeout when 0 then null when -1 then m.timeout_seconds else w.timeout end,
                    (select message_timeout from weldmq.queue_state where queue_id = ${t.queueId}))),
                  w.reservation, m.reserved_count + w.count
             from (select (${t.timeoutsSeconds}::bigint[])[i] as timeout, (${t.newReservations}::uuid[])[i] as reservation,
                          (${t.counts}::int[])[i] as count
                     from (select array_position(${t.reservations}::uuid[], m.reservation) as i) p) w)
   where ctid = any(array(
         select x.ctid from unnest(${t.ids}::bigint[], ${t.reservations}::uuid[]) as t (id, reservation)
          cross join lateral (
                select m.ctid, m.reservation, m.due_at from weldmq.messages m
                 where m.queue_id = ${t.queueId} and m.id = t.id offset 0) x
          where x.reservation = t.reservation and x.due_at > now()))
     and reservation = any(${t.reservations}::uuid[])
     and (select true from weldmq.queue_state where queue_id = ${t.queueId})
  returning id, extract(epoch from due_at - now())::float8 as seconds`

/**
 * Makes delayed and reserved messages whose moment has come ready, over all queues, the earliest first. `mark` lets it
 * pass over the dead index entries of moments long gone. `seen` counts all that were due, those that others hold
 * included. `bound` is a moment below which nobody who is under way now, or begins later, can still put anything:
 * moments lie at least a second after the writer's now(). What was held by whoever knew it returns to the end.
 */
export const flipDue = (sql: Sql, f: { mark: string; limit: number }) => sql<
  { bound: string; seen: number; queue_id: number | null; flipped: number; lapsed: number }[]
>`
  with c as materialized (select array(
    select ctid from weldmq.messages
     where state in (1, 2) and due_at > (${f.mark}::text)::timestamptz and due_at <= now()
     order by due_at limit ${f.limit}) as a),
  l as materialized (
    select l.* from c cross join unnest(c.a) as x (c)
     cross join lateral (
           select m.ctid, m.queue_id, m.state from weldmq.messages m
            where m.ctid = x.c and m.state + 0 in (1, 2) and m.due_at + interval '0 s' <= now()
              for update skip locked) l),
  u as (
    update weldmq.messages m
       set state = 0, due_at = null, reservation = null, holder = null, expires_at = greatest(expires_at, now()),
           timeouts = case when state = 2 then coalesce(timeouts, 0) + 1 else timeouts end,
           position = case when state = 2 and holder = 0 then nextval('weldmq.message_id') else position end,
           lane = coalesce((select s.cur from weldmq.queue_state s where s.queue_id = m.queue_id), 1)
     where ctid = any(array(select ctid from l)))
  select (select least(now() - interval '3 s', min(xact_start)) from pg_stat_activity
           where datname = current_database() and application_name like 'weldmq%')::text as bound,
         cardinality(c.a) as seen, g.queue_id, coalesce(g.flipped, 0)::int as flipped,
         coalesce(g.lapsed, 0)::int as lapsed
    from c left join (
         select queue_id, count(*) as flipped, count(*) filter (where state = 2) as lapsed
           from l group by queue_id) g on true`
