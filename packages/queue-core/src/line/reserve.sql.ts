import type { Sql } from '../db/connect.ts'

/** What a reader of the ready line brings along: marks it has proved itself (see the README of this folder). */
export type Hints = {
  marks: number[]
  low: number
  /** From this lane on, all are to be read whole; of those from `low` to before it, only `lanes`. `low`, when left out. */
  open?: number
  lanes?: readonly LaneMark[]
}

/** Where the ready rows of a lane begin that nothing can enter any more. */
export type LaneMark = { lane: number; priority: number; position: number }

export type TakenRow = {
  /** True unless the queue is gone. */
  present: boolean | null
  /** How many candidates there were; more than were taken means that others are taking them. */
  candidates: number
  queue_id: number | null
  id: number | null
  priority: number
  position: number
  /** 0 fresh, 1 and up return lanes, -1 reserved often enough: to be dead-lettered, its count not raised. */
  lane: number
  reservation: string
  reserved_count: number
  /** How long the reservation lasts. */
  seconds: number
  body: Buffer
}

/** A reservation as a caller wants it. */
export type WantedHold = {
  /** 0 for the queue's own, -1 for the message's own or else the queue's. */
  timeoutSeconds: number
  /** Null for whoever shows the reservation id, 0 for whoever knows the message, otherwise a gateway's sessions. */
  holder: number | null
}

/** Many of them as columns, each with the id it will have. */
export type WantedHolds = { timeoutsSeconds: number[]; holders: (number | null)[]; reservations: string[] }

/**
 * Takes up to as many ready messages as there are reservation ids and starts a reservation on each, most urgent first,
 * then by position. Candidates are read without locks, then locked one by one in order; what another statement has
 * locked is passed over.
 */
export const reserveReady = (sql: Sql, take: WantedHolds & { queueId: number; window: number; hints: Hints }) => {
  const { lanes = [] } = take.hints
  return sql<TakenRow[]>`
  with q as materialized (
    select prios, marks, low, cur, message_timeout, max_reservations,
           coalesce(paused_until > now(), false) as paused
      from weldmq.queue_state where queue_id = ${take.queueId}),
  c as materialized (select array(select c from (
    (select s.c, s.priority, s.position
       from (select p.priority, greatest(p.mark, p.hint) as mark
               from q cross join unnest(q.prios, q.marks, ${take.hints.marks}::bigint[]) as p (priority, mark, hint)
              where p.priority is not null and not q.paused order by p.priority) f
      cross join lateral (
            select ctid as c, priority, position from weldmq.messages
             where queue_id = ${take.queueId} and state = 0 and lane = 0
               and priority = f.priority and position > f.mark and expires_at > now()
             order by position limit ${take.window}) s
      limit ${take.window})
    union all
    (select s.c, s.priority, s.position
       from q
      cross join lateral (
            select e as lane, 0::bigint as priority, 0::bigint as position
              from generate_series(greatest(q.low, ${take.hints.open ?? take.hints.low}::bigint), q.cur) e
             union all
            select l.* from unnest(${lanes.map((l) => l.lane)}::bigint[], ${lanes.map((l) => l.priority)}::bigint[],
                                   ${lanes.map((l) => l.position)}::bigint[]) as l (lane, priority, position)
             where l.lane >= q.low) e
      cross join lateral (
            select ctid as c, priority, position from weldmq.messages
             where queue_id = ${take.queueId} and state = 0 and lane = e.lane
               and (priority, position) >= (e.priority, e.position) and expires_at > now()
             order by priority, position limit ${take.window}) s
      where not q.paused)
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
           lane = case when reserved_count >= (select max_reservations from q) then -1 else lane end,
           reserved_count = reserved_count
             + case when reserved_count >= (select max_reservations from q) then 0 else 1 end,
           (due_at, reservation, holder) = (
             select now() + make_interval(secs => coalesce(
                      case w.timeout when 0 then null when -1 then m.timeout_seconds else w.timeout end,
                      (select message_timeout from q))),
                    w.reservation, w.holder
               from (select (${take.timeoutsSeconds}::bigint[])[i] as timeout, (${take.holders}::bigint[])[i] as holder,
                            (${take.reservations}::uuid[])[i] as reservation
                       from (select array_position((select a from t), m.ctid) as i) p) w)
     where ctid = any(array(select unnest(a) from t))
    returning queue_id, id, priority, position, lane, reservation, reserved_count,
              extract(epoch from due_at - now())::float8 as seconds, body)
  select (select true from q) as present, cardinality(c.a) as candidates, u.* from c left join u on true`
}
