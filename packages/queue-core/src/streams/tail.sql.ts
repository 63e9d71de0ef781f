import type { Sql } from '../db/connect.ts'

/** Messages of a queue with ids after `after`, the oldest first, those that were `shown` left out. */
export type Wanted = { queueId: number; after: number; shown: readonly number[]; limit: number }

export type TailRow =
  /** Of each queue, by its place (from 1): the newest id given out, 0 for none, or null when it is gone, and its total. */
  | { kind: 'queue'; at: number; newest: number | null; total: number }
  /** Of each that wants some, by its place: a message. */
  | { kind: 'found'; at: number; id: number; reserved_count: number }
  /** The body of a message of the queue at that place, once for all who found it. */
  | { kind: 'body'; at: number; id: number; body: Buffer }

/**
 * What several tails want to see, whatever the state of the messages; `among` names each of their queues once. Bodies
 * come until there are `bytes` of them. The total is of the same snapshot, so what is in it and was never found was missed.
 */
export const messagesAfter = (sql: Sql, w: { among: number[]; wanted: readonly Wanted[]; bytes: number }) => {
  const { queues, afters, limits, shown, starts, ends } = toColumns(w.among, w.wanted)
  return sql<TailRow[]>`
  with f as materialized (
    select t.place, t.queue, m.id, m.reserved_count, m.bytes
      from unnest(${queues}::int[], ${afters}::bigint[], ${limits}::int[], ${starts}::int[], ${ends}::int[])
           with ordinality as t (queue, after, most, first, last, place)
     cross join lateral (
           select id, reserved_count, octet_length(body) as bytes from weldmq.messages
            where queue_id = (${w.among}::bigint[])[t.queue] and id > t.after
              and id <> all((${shown}::bigint[])[t.first:t.last]) and expires_at > now()
            order by id limit t.most) m),
  b as materialized (
    select d.queue, d.id, sum(d.bytes) over (order by d.queue, d.id) - d.bytes as before
      from (select distinct queue, id, bytes from f) d)
  select 'queue' as kind, a.place::int as at, c.total, null::bigint as id, null::int as reserved_count, null::bytea as body,
         case when (select true from weldmq.queue_state where queue_id = a.queue_id)
              then (select case when is_called then last_value else 0 end from weldmq.message_id) end as newest
    from unnest(${w.among}::bigint[]) with ordinality as a (queue_id, place)
   cross join lateral (
         select coalesce(sum(total), 0)::bigint as total from (
           select total from weldmq.counter_base where queue_id = a.queue_id
           union all
           select d.total from weldmq.writers w cross join lateral (
                  select d.total from weldmq.counter_deltas d
                   where d.queue_id = a.queue_id and d.slot = w.slot
                     and d.seq > coalesce((select folded from weldmq.counter_base b
                                            where b.queue_id = a.queue_id and b.slot = w.slot), -1)) d) x) c
  union all
  select 'found', f.place::int, null, f.id, f.reserved_count, null, null from f
  union all
  select 'body', b.queue, null, b.id, null, m.body, null
    from b cross join lateral (
         select body from weldmq.messages
          where queue_id = (${w.among}::bigint[])[b.queue] and id = b.id offset 0) m
   where b.before < ${w.bytes}`
}

/** What was shown to all of them one behind the other, and which stretch is whose. */
function toColumns(among: readonly number[], wanted: readonly Wanted[]) {
  const places = new Map(among.map((queueId, i) => [queueId, i + 1]))
  const columns = {
    queues: wanted.map(({ queueId }) => places.get(queueId)!),
    afters: wanted.map(({ after }) => after),
    limits: wanted.map(({ limit }) => limit),
    shown: [] as number[],
    starts: [] as number[],
    ends: [] as number[],
  }
  for (const { shown } of wanted) {
    columns.starts.push(columns.shown.length + 1)
    for (const id of shown) columns.shown.push(id)
    columns.ends.push(columns.shown.length)
  }
  return columns
}
