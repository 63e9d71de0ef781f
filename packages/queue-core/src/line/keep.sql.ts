import type { Sql } from '../db/connect.ts'
import type { Hints } from './reserve.sql.ts'

export type LookRow = {
  queue_id: number
  cur: number
  prios: number[]
  marks: number[]
  low: number
  /** Per registered priority, the first ready position above its mark; 0 for none (the driver knows no null in arrays). */
  first: number[]
  /** The return lanes below `cur` that have a ready row, the lowest first, and where each one's first stands. */
  lanes: number[]
  lane_priorities: number[]
  lane_positions: number[]
  /** The newest id given out. */
  seq: number
  /** Virtual ids of the transactions that may be about to write messages. */
  writers: string[]
}

type Known = { queueId: number; hints: Hints }

/**
 * One look at the lines of some queues, from one snapshot and without locks: what the proof of the marks is made of. A
 * queue that is gone has no row.
 */
export const lookAtLines = (sql: Sql, known: readonly Known[]) => {
  const { queueIds, opens, marks, starts, ends, ...of } = toColumns(known)
  return sql<LookRow[]>`
    with w as materialized (
      select case when is_called then last_value else 0 end as seq,
             array(select virtualtransaction from pg_locks
                    where locktype = 'relation' and relation = 'weldmq.messages'::regclass
                      and database = (select oid from pg_database where datname = current_database())
                      and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()) as writers
        from weldmq.message_id)
    select k.queue_id, q.cur, q.prios, q.marks, q.low, (select seq from w) as seq, (select writers from w) as writers,
      array(select coalesce((
          select position from weldmq.messages
           where queue_id = k.queue_id and state = 0 and lane = 0 and priority = p.priority
             and position > greatest(p.mark, p.hint) and expires_at > now()
           order by position limit 1), 0)
        from unnest(q.prios, q.marks, (${marks}::bigint[])[k.first:k.last]) with ordinality
             as p (priority, mark, hint, place)
       where p.priority is not null order by place) as first,
      coalesce(e.lanes, '{}') as lanes, coalesce(e.priorities, '{}') as lane_priorities,
      coalesce(e.positions, '{}') as lane_positions
      from unnest(${queueIds}::bigint[], ${opens}::bigint[], ${starts}::int[], ${ends}::int[],
                  ${of.laneStarts}::int[], ${of.laneEnds}::int[])
           as k (queue_id, open, first, last, first_lane, last_lane)
     cross join lateral (
           select cur, prios, marks, low from weldmq.queue_state where queue_id = k.queue_id offset 0) q
     cross join lateral (
           select array_agg(e.lane order by e.lane) as lanes, array_agg(x.priority order by e.lane) as priorities,
                  array_agg(x.position order by e.lane) as positions
             from (select e as lane, 0::bigint as priority, 0::bigint as position
                     from generate_series(greatest(q.low, k.open), q.cur - 1) e
                    union all
                   select l.* from unnest((${of.lanes}::bigint[])[k.first_lane:k.last_lane],
                                          (${of.lanePriorities}::bigint[])[k.first_lane:k.last_lane],
                                          (${of.lanePositions}::bigint[])[k.first_lane:k.last_lane])
                                   as l (lane, priority, position)
                    where l.lane >= q.low) e
            cross join lateral (
                  select priority, position from weldmq.messages
                   where queue_id = k.queue_id and state = 0 and lane = e.lane
                     and (priority, position) >= (e.priority, e.position) and expires_at > now()
                   order by priority, position limit 1) x) e`
}

/** Lets returning messages enter a new lane, unless another gateway has already done it. */
export const rotateLanes = (sql: Sql, r: { queueId: number; cur: number }) => sql`
  update weldmq.queue_state set cur = cur + 1 where queue_id = ${r.queueId} and cur = ${r.cur}`

/**
 * Stores what was proved, so that the next gateway starts there; marks only grow. Rows are locked in the order of the
 * queues, so that two gateways that store at the same time do not wait for each other in a circle.
 */
export const storeMarks = (sql: Sql, known: readonly Known[]) => {
  const { queueIds, lows, marks, starts, ends } = toColumns(known)
  return sql`
    update weldmq.queue_state
       set marks = array(
             select greatest(stored, proved)
               from unnest(marks, (${marks}::bigint[])[(${starts}::int[])[array_position(${queueIds}::bigint[], queue_id)]
                                                      :(${ends}::int[])[array_position(${queueIds}::bigint[], queue_id)]])
                    as t (stored, proved)),
           low = greatest(low, (${lows}::bigint[])[array_position(${queueIds}::bigint[], queue_id)])
     where queue_id = any(${queueIds}::bigint[])`
}

/** Gives a priority a place of its own in the fresh lane; at most 16, the rest lives in the return lanes. */
export const registerPriority = (sql: Sql, r: { queueId: number; priority: number }) => sql`
  update weldmq.queue_state set prios = prios || ${r.priority}::bigint, marks = marks || 0::bigint
   where queue_id = ${r.queueId} and cardinality(prios) < 16 and ${r.priority}::bigint <> all(prios)`

/** Moves up to 500 ready messages of an old lane to the current one, so that lanes do not pile up; order is not touched. */
export const gatherStragglers = (sql: Sql, g: { queueId: number; lane: number }) => sql`
  update weldmq.messages set lane = (select cur from weldmq.queue_state where queue_id = ${g.queueId})
   where ctid = any(array(
         select ctid from weldmq.messages
          where queue_id = ${g.queueId} and state = 0 and lane = ${g.lane}
          order by priority, position limit 500 for update skip locked))
     and (select true from weldmq.queue_state where queue_id = ${g.queueId})`

/** The marks of all of them one behind the other, and which stretch is whose. */
function toColumns(known: readonly Known[]) {
  const columns = {
    queueIds: known.map(({ queueId }) => queueId),
    lows: known.map(({ hints }) => hints.low),
    opens: known.map(({ hints }) => hints.open ?? hints.low),
    marks: [] as number[],
    starts: [] as number[],
    ends: [] as number[],
    lanes: [] as number[],
    lanePriorities: [] as number[],
    lanePositions: [] as number[],
    laneStarts: [] as number[],
    laneEnds: [] as number[],
  }
  for (const { hints } of known) {
    columns.starts.push(columns.marks.length + 1)
    for (const mark of hints.marks) columns.marks.push(mark)
    columns.ends.push(columns.marks.length)
    columns.laneStarts.push(columns.lanes.length + 1)
    for (const { lane, priority, position } of hints.lanes ?? []) {
      columns.lanes.push(lane)
      columns.lanePriorities.push(priority)
      columns.lanePositions.push(position)
    }
    columns.laneEnds.push(columns.lanes.length)
  }
  return columns
}
