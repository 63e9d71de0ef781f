import type { Sql } from '../db/connect.ts'
import type { Hints, TakenRow, WantedHolds } from './reserve.sql.ts'

/**
 * The same as reserveReady over several queues, whose messages stand in one common order: by priority, then by
 * position.
 */
export const reserveAcross = (sql: Sql, take: WantedHolds & HintColumns & { window: number }) => sql<TakenRow[]>`
  with q as materialized (
    select s.queue_id, s.prios, s.marks, s.low, s.cur, t.low as hint_low,
           coalesce(s.paused_until > now(), false) as paused
      from unnest(${take.queueIds}::bigint[], ${take.lows}::bigint[]) as t (queue_id, low)
     cross join lateral (select * from weldmq.queue_state s where s.queue_id = t.queue_id offset 0) s),
  h as materialized (
    select * from unnest(${take.markQueueIds}::bigint[], ${take.markPlaces}::int[], ${take.marks}::bigint[])
                    as t (queue_id, place, mark)),
  c as materialized (select array(select c from (
    (select s.c, s.priority, s.position
       from q cross join lateral (
            select p.priority, greatest(p.mark, (
                     select max(h.mark) from h where h.queue_id = q.queue_id and h.place = p.place)) as mark
              from unnest(q.prios, q.marks) with ordinality as p (priority, mark, place)
             where not q.paused) f
      cross join lateral (
            select ctid as c, priority, position from weldmq.messages
             where queue_id = q.queue_id and state = 0 and lane = 0
               and priority = f.priority and position > f.mark and expires_at > now()
             order by position limit ${take.window}) s)
    union all
    (select s.c, s.priority, s.position
       from q
      cross join lateral generate_series(greatest(q.low, q.hint_low), case when q.paused then 0 else q.cur end) e
      cross join lateral (
            select ctid as c, priority, position from weldmq.messages
             where queue_id = q.queue_id and state = 0 and lane = e and expires_at > now()
             order by priority, position limit ${take.window}) s)
    ) z order by priority, position limit ${take.window}) as a),
  t as materialized (select array(
    select l.ctid from c cross join unnest(c.a) as u (c)
     cross join lateral (
           select m.ctid from weldmq.messages m
            where m.ctid = u.c and m.state + 0 = 0 for update skip locked) l
     limit ${take.reservations.length}) as a),
  u as (
    update weldmq.messages m
       set state = 2,
           (lane, reserved_count, due_at, reservation, holder) = (
             select case when s.worn_out then -1 else m.lane end,
                    m.reserved_count + case when s.worn_out then 0 else 1 end,
                    now() + make_interval(secs => coalesce(
                      case w.timeout when 0 then null when -1 then m.timeout_seconds else w.timeout end,
                      s.message_timeout)),
                    w.reservation, w.holder
               from (select (${take.timeoutsSeconds}::bigint[])[i] as timeout, (${take.holders}::bigint[])[i] as holder,
                            (${take.reservations}::uuid[])[i] as reservation
                       from (select array_position((select a from t), m.ctid) as i) p) w
               left join lateral (
                    select message_timeout, coalesce(m.reserved_count >= max_reservations, false) as worn_out
                      from weldmq.queue_state where queue_id = m.queue_id) s on true)
     where ctid = any(array(select unnest(a) from t))
    returning queue_id, id, priority, position, lane, reservation, reserved_count,
              extract(epoch from due_at - now())::float8 as seconds, body)
  select (select count(*) from q) = cardinality(${take.queueIds}::bigint[]) as present, cardinality(c.a) as candidates, u.* from c left join u on true`

type HintColumns = {
  queueIds: number[]
  lows: number[]
  /** One entry per queue and registered priority, which is named by its place. */
  markQueueIds: number[]
  markPlaces: number[]
  marks: number[]
}

/** What a process has proved about several queues. */
export function toHintColumns(queueIds: readonly number[], hintsOf: (queueId: number) => Hints): HintColumns {
  const columns: HintColumns = { queueIds: [...queueIds], lows: [], markQueueIds: [], markPlaces: [], marks: [] }
  for (const queueId of queueIds) {
    const hints = hintsOf(queueId)
    columns.lows.push(hints.low)
    for (const [i, mark] of hints.marks.entries()) {
      columns.markQueueIds.push(queueId)
      columns.markPlaces.push(i + 1)
      columns.marks.push(mark)
    }
  }
  return columns
}
