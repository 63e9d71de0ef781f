import type { Sql, Transaction } from '../db/connect.ts'
import type { StoredTried } from './tried.ts'

export type ClaimedRow = {
  message_id: number
  subscriber: number
  reservation: string
  tries: number
  tried: StoredTried[] | null
  /** It was accepted and not acknowledged in time. */
  accepted: boolean
  /** Null when the message is gone. */
  body: Buffer | null
  push_headers: Record<string, string> | null
  timeout_seconds: number | null
}

/**
 * Claims deliveries that are due, of each lane at most as many as there is room for, those that are due longest first.
 * Bodies come to `bytes`, and to no more than the last of them beyond; every lane comes as far as any other. A claim that
 * has ended is due again.
 */
export const claimWaiting = (
  sql: Sql,
  c: {
    queueId: number
    lanes: number[]
    /** Nothing in the lane is due before its mark (lanes.ts). */
    marks: string[]
    rooms: number[]
    bytes: number
    claimSeconds: number
    reservations: string[]
  },
) => sql<ClaimedRow[]>`
  with c as materialized (
    select array_agg(y.c) as a, array_agg(y.state) as states from (
      select x.c, x.state, sum(x.bytes) over (order by x.place, x.subscriber rows unbounded preceding) - x.bytes as before
        from (
          select d.c, d.state, l.subscriber, coalesce(m.bytes, 0) as bytes,
                 row_number() over (partition by l.subscriber order by d.due_at) as place
            from unnest(${c.lanes}::bigint[], ${c.marks}::text[], ${c.rooms}::int[]) as l (subscriber, mark, room)
           cross join lateral (
                 select ctid as c, state, message_id, due_at from weldmq.deliveries d
                  where d.queue_id = ${c.queueId} and d.subscriber = l.subscriber and d.state < 3
                    and d.due_at >= l.mark::timestamptz and d.due_at <= now()
                  order by d.due_at limit l.room for update skip locked) d
            left join lateral (
                 select octet_length(m.body) as bytes from weldmq.messages m
                  where m.queue_id = ${c.queueId} and m.id = d.message_id offset 0) m on true) x) y
     where y.before < ${c.bytes}),
  u as (
    update weldmq.deliveries d
       set state = 1, due_at = now() + make_interval(secs => ${c.claimSeconds}::int),
           reservation = (${c.reservations}::uuid[])[array_position((select a from c), d.ctid)]
     where ctid = any(array(select unnest(a) from c))
    returning message_id, subscriber, reservation, tries, tried)
  select u.message_id, u.subscriber, replace(u.reservation::text, '-', '') as reservation, u.tries, u.tried,
         (select states from c)[array_position(${c.reservations}::uuid[], u.reservation)] = 2 as accepted,
         m.body, m.push_headers, m.timeout_seconds
    from u left join lateral (
         select m.body, m.push_headers, m.timeout_seconds from weldmq.messages m
          where m.queue_id = ${c.queueId} and m.id = u.message_id and m.state = 5 and m.expires_at > now()
         offset 0) m on true`

export type OpenedRow = {
  id: number
  owed: number
  /** Null when none was claimed. */
  body: Buffer | null
  push_headers: Record<string, string> | null
  timeout_seconds: number | null
  /** Those of its deliveries that were claimed at once, and by which reservations. */
  subscribers: number[] | null
  reservations: string[] | null
}

/**
 * Takes owed messages that are due and makes a delivery for each of those they are owed to: subscribers that were there
 * when the message was posted (push.md M4), or one for all of them in a unicast queue. Of each lane as many as there is
 * room for are claimed at once, the others wait. Bodies come to `bytes`, and to no more than the last of them beyond. A
 * message that is owed to nobody is done; one from before the queue was a push queue is left for `unowe`.
 */
export const openOwed = (
  sql: Sql,
  o: {
    queueId: number
    /** Nothing is owed from before (lanes.ts). */
    mark: string
    limit: number
    bytes: number
    lanes: number[]
    rooms: number[]
    claimSeconds: number
    keepSeconds: number
    slot: number
    seq: number
  },
) => sql<OpenedRow[]>`
  with q as materialized (
    select push, coalesce((push->>'since')::bigint, 0) as since
      from weldmq.queue_state where queue_id = ${o.queueId} and push is not null),
  s as materialized (
    select case when q.push->>'type' = 'unicast' then 0 else (x->>'id')::bigint end as subscriber,
           min((x->>'after')::bigint) as after
      from q cross join jsonb_array_elements(q.push->'subscribers') x group by 1),
  t as materialized (select array(
    select c from (
      select c, sum(bytes) over (order by due_at, id rows unbounded preceding) - bytes as before from (
        select ctid as c, due_at, id, octet_length(body) as bytes from weldmq.messages
         where queue_id = ${o.queueId} and state = 4 and due_at >= (${o.mark}::text)::timestamptz and due_at <= now()
           and expires_at > now() and id > (select since from q)
         order by due_at, id limit case when (select true from q) then ${o.limit}::int else 0 end
           for update skip locked) x) y
     where before < ${o.bytes}) as a),
  m as (
    update weldmq.messages m
       set (state, owed, due_at, expires_at) = (
             select case when n = 0 then 6 else 5 end, n, null::timestamptz,
                    case when n = 0 then least(m.expires_at, now() + make_interval(secs => ${o.keepSeconds}::int))
                         else m.expires_at end
               from (select count(*)::int as n from s where s.after < m.id) c)
     where ctid = any(array(select unnest(a) from t))
    returning id, owed, body, push_headers, timeout_seconds),
  c as (
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    select ${o.queueId}, ${o.slot}, ${o.seq}, -count(*), 0 from m where owed = 0 having count(*) > 0),
  r as materialized (
    select m.id, s.subscriber, row_number() over (partition by s.subscriber order by m.id) as n
      from m join s on s.after < m.id),
  d as (
    insert into weldmq.deliveries (queue_id, message_id, subscriber, state, due_at, reservation)
    select ${o.queueId}, r.id, r.subscriber,
           case when r.n <= w.room then 1 else 0 end,
           case when r.n <= w.room then now() + make_interval(secs => ${o.claimSeconds}::int) else now() end,
           case when r.n <= w.room then gen_random_uuid() end
      from r left join unnest(${o.lanes}::bigint[], ${o.rooms}::int[]) as w (subscriber, room) using (subscriber)
    returning message_id, subscriber, reservation),
  e as materialized (
    select message_id, array_agg(subscriber) as subscribers,
           array_agg(replace(reservation::text, '-', '')) as reservations
      from d where reservation is not null group by message_id)
  select m.id, m.owed, case when e.message_id is not null then m.body end as body, m.push_headers, m.timeout_seconds,
         e.subscribers, e.reservations
    from m left join e on e.message_id = m.id`

/** Gives claims up again, as if they had never been made. */
export const unclaim = (
  sql: Sql | Transaction,
  u: { queueId: number; reservations: string[]; messageIds: number[] },
) => sql`
  update weldmq.deliveries set state = 0, due_at = now() + interval '1 s'
   where ctid = any(array(
         select x.ctid
           from unnest(${u.messageIds}::bigint[], ${u.reservations}::uuid[]) as t (message_id, reservation)
          cross join lateral (
                select d.ctid, d.reservation from weldmq.deliveries d
                 where d.queue_id = ${u.queueId} and d.message_id = t.message_id offset 0) x
          where x.reservation = t.reservation))
     and reservation = any(${u.reservations}::uuid[]) and state + 0 = 1`

/** When the queue may be handed out from again, kept from others until the transaction ends; and the time. */
export const lockRate = (tx: Transaction, queueId: number) => tx<{ free: number }[]>`
  insert into weldmq.push_rates as r (queue_id, free_at) values (${queueId}, now() - interval '1 s')
  on conflict (queue_id) do update set free_at = greatest(r.free_at, now() - interval '1 s')
  returning extract(epoch from now() - r.free_at)::float8 as free`

export const spendRate = (sql: Sql | Transaction, queueId: number, seconds: number) => sql`
  update weldmq.push_rates set free_at = free_at + make_interval(secs => ${seconds}::float8) where queue_id = ${queueId}`
