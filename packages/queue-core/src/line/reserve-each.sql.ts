import type { Sql } from '../db/connect.ts'
import type { Hints, TakenRow } from './reserve.sql.ts'

/** What is wanted from one queue: as many as it has holds. */
export type WantedFrom = {
  queueId: number
  window: number
  hints: Hints
  timeoutsSeconds: number[]
  holders: (number | null)[]
  reservations: string[]
}

/** A row with an id is a message; one without says how many candidates its queue had. A queue that is gone has none. */
export type TakenFromRow = Omit<TakenRow, 'present' | 'candidates'> & { queue_id: number; candidates: number | null }

/** The same as reserveReady for several queues, from each as many as it has reservation ids. */
export const reserveEach = (sql: Sql, wanted: readonly WantedFrom[]) => {
  const w = toColumns(wanted)
  return sql<TakenFromRow[]>`
  with q as materialized (
    select t.queue_id, t.wanted, t.before, t.candidates, t.first_lane, t.last_lane, (${w.marks}::bigint[])[t.first_mark:t.last_mark] as hints,
           s.prios, s.marks, s.low, greatest(s.low, t.open) as open, s.cur, s.paused, s.message_timeout, s.max_reservations
      from unnest(${w.queueIds}::bigint[], ${w.counts}::int[], ${w.before}::int[], ${w.windows}::int[],
                  ${w.opens}::bigint[], ${w.firstMarks}::int[], ${w.lastMarks}::int[], ${w.firstLanes}::int[], ${w.lastLanes}::int[])
                  as t (queue_id, wanted, before, candidates, open, first_mark, last_mark, first_lane, last_lane)
     cross join lateral (
           select prios, marks, low, cur, message_timeout, max_reservations,
                  coalesce(paused_until > now(), false) as paused
             from weldmq.queue_state where queue_id = t.queue_id offset 0) s),
  c as materialized (select q.queue_id, q.wanted, q.before, q.message_timeout, q.max_reservations, array(select c from (
    (select s.c, s.priority, s.position
       from (select p.priority, greatest(p.mark, p.hint) as mark
               from unnest(q.prios, q.marks, q.hints) as p (priority, mark, hint)
              where p.priority is not null and not q.paused order by p.priority) f
      cross join lateral (
            select ctid as c, priority, position from weldmq.messages
             where queue_id = q.queue_id and state = 0 and lane = 0
               and priority = f.priority and position > f.mark and expires_at > now()
             order by position limit q.candidates) s
      limit q.candidates)
    union all
    (select s.c, s.priority, s.position
       from (select e as lane, 0::bigint as priority, 0::bigint as position from generate_series(q.open, q.cur) e
              union all
             select l.* from unnest((${w.lanes}::bigint[])[q.first_lane:q.last_lane],
                                    (${w.lanePriorities}::bigint[])[q.first_lane:q.last_lane],
                                    (${w.lanePositions}::bigint[])[q.first_lane:q.last_lane])
                             as l (lane, priority, position)
              where l.lane >= q.low) e
      cross join lateral (
            select ctid as c, priority, position from weldmq.messages
             where queue_id = q.queue_id and state = 0 and lane = e.lane
               and (priority, position) >= (e.priority, e.position) and expires_at > now()
             order by priority, position limit q.candidates) s
      where not q.paused)
    ) z order by priority, position limit q.candidates) as a from q),
  t as materialized (
    select c.before, c.message_timeout, c.max_reservations, array(
      select l.ctid from unnest(c.a) as u (c)
       cross join lateral (
             select m.ctid from weldmq.messages m
              where m.ctid = u.c and m.state + 0 = 0 for update skip locked) l
       limit c.wanted) as a
      from c),
  l as materialized (
    select array_agg(l.c) as rows, array_agg(t.before + l.place) as places,
           array_agg(t.message_timeout) as timeouts, array_agg(t.max_reservations) as most
      from t cross join lateral unnest(t.a) with ordinality as l (c, place)),
  u as (
    update weldmq.messages m
       set state = 2,
           (lane, reserved_count, due_at, reservation, holder) = (
             select case when m.reserved_count >= w.most then -1 else m.lane end,
                    m.reserved_count + case when m.reserved_count >= w.most then 0 else 1 end,
                    now() + make_interval(secs => coalesce(
                      case w.timeout when 0 then null when -1 then m.timeout_seconds else w.timeout end,
                      w.queue_timeout)),
                    w.reservation, w.holder
               from (select (${w.timeoutsSeconds}::bigint[])[at] as timeout, (${w.holders}::bigint[])[at] as holder,
                            (${w.reservations}::uuid[])[at] as reservation,
                            (select timeouts from l)[i] as queue_timeout, (select most from l)[i] as most
                       from (select i, (select places from l)[i] as at
                               from (select array_position((select rows from l), m.ctid) as i) x) p) w)
     where ctid = any((select rows from l)::tid[])
    returning queue_id, id, priority, position, lane, reservation, reserved_count,
              extract(epoch from due_at - now())::float8 as seconds, body)
  select queue_id, null::int as candidates, id, priority, position, lane, reservation, reserved_count, seconds, body
    from u
   union all
  select queue_id, cardinality(a), null, null, null, null, null, null, null, null from c`
}

function toColumns(wanted: readonly WantedFrom[]) {
  const columns = {
    queueIds: wanted.map(({ queueId }) => queueId),
    windows: wanted.map(({ window }) => window),
    counts: wanted.map(({ reservations }) => reservations.length),
    opens: wanted.map(({ hints }) => hints.open ?? hints.low),
    before: [] as number[],
    firstMarks: [] as number[],
    lastMarks: [] as number[],
    marks: [] as number[],
    firstLanes: [] as number[],
    lastLanes: [] as number[],
    lanes: [] as number[],
    lanePriorities: [] as number[],
    lanePositions: [] as number[],
    timeoutsSeconds: wanted.flatMap((one) => one.timeoutsSeconds),
    holders: wanted.flatMap((one) => one.holders),
    reservations: wanted.flatMap((one) => one.reservations),
  }
  let before = 0
  for (const { hints, reservations } of wanted) {
    columns.before.push(before)
    before += reservations.length
    columns.firstMarks.push(columns.marks.length + 1)
    for (const mark of hints.marks) columns.marks.push(mark)
    columns.lastMarks.push(columns.marks.length)
    columns.firstLanes.push(columns.lanes.length + 1)
    for (const { lane, priority, position } of hints.lanes ?? []) {
      columns.lanes.push(lane)
      columns.lanePriorities.push(priority)
      columns.lanePositions.push(position)
    }
    columns.lastLanes.push(columns.lanes.length)
  }
  return columns
}
