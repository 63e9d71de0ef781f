import type { Sql, Transaction } from '../db/connect.ts'

/** Takes a writer slot that nobody ever had. */
export const claimSlot = (sql: Sql) => sql<{ slot: number }[]>`
  insert into weldmq.writers default values returning slot`

/** Says that the owner of the slot lives; nothing when the slot was given up for dead. */
export const renewSlot = (sql: Sql, slot: number) => sql<{ slot: number }[]>`
  update weldmq.writers set seen_at = now() where slot = ${slot} returning slot`

/**
 * Moves the deltas of one slot up to `upTo` into counter_base and raises `folded` to it. Only for the slot's owner, who
 * knows that no statement at or below `upTo` is under way: a delta that came later with such a seq would not be read.
 */
export const foldOwn = (sql: Sql, f: { queueIds: number[]; slot: number; upTo: number }) => sql`
  with q as (select queue_id from unnest(${f.queueIds}::bigint[]) as t (queue_id)),
  d as (
    delete from weldmq.counter_deltas
     where ctid = any(array(
           select x.ctid from q cross join lateral (
                  select d.ctid from weldmq.counter_deltas d
                   where d.queue_id = q.queue_id and d.slot = ${f.slot} and d.seq <= ${f.upTo}
                     and d.seq > coalesce((select folded from weldmq.counter_base b
                                            where b.queue_id = q.queue_id and b.slot = ${f.slot}), -1)) x))
    returning queue_id, size, total),
  a as (
    select queue_id, sum(size) as size, sum(total) as total
      from (select queue_id, 0 as size, 0 as total from q union all select queue_id, size, total from d) x
     group by queue_id)
  insert into weldmq.counter_base (queue_id, slot, folded, size, total)
  select queue_id, ${f.slot}, ${f.upTo}, size, total from a
  on conflict (queue_id, slot) do update
     set folded = excluded.folded, size = counter_base.size + excluded.size, total = counter_base.total + excluded.total`

/**
 * Moves what is visible of the deltas of writers that have not been seen for a minute into counter_base. `folded`
 * stays as the owner left it, so that a statement of a dead writer that commits even later is still counted.
 */
export const foldOrphans = (sql: Sql) => sql`
  with w as (
    select slot from weldmq.writers
     where seen_at < now() - interval '1 minute' and pg_try_advisory_xact_lock(7305511, slot::int)),
  d as (
    delete from weldmq.counter_deltas where slot in (select slot from w) returning queue_id, slot, size, total)
  insert into weldmq.counter_base (queue_id, slot, folded, size, total)
  select queue_id, slot, -1, sum(size), sum(total) from d group by queue_id, slot
  on conflict (queue_id, slot) do update
     set size = counter_base.size + excluded.size, total = counter_base.total + excluded.total`

/** Merges what writers unseen for a day have counted into slot 0 and forgets these writers. */
export const forgetWriters = (sql: Sql) => sql`
  with w as (
    delete from weldmq.writers
     where seen_at < now() - interval '1 day'
       and slot not in (select slot from weldmq.counter_deltas) returning slot),
  b as (delete from weldmq.counter_base where slot in (select slot from w) returning queue_id, size, total)
  insert into weldmq.counter_base (queue_id, slot, folded, size, total)
  select queue_id, 0, -1, sum(size), sum(total) from b group by queue_id
  on conflict (queue_id, slot) do update
     set size = counter_base.size + excluded.size, total = counter_base.total + excluded.total`

/** The exact size and total of one queue: what was folded, and the deltas since. */
export const sizeOf = (sql: Sql | Transaction, queueId: number) => sql<{ size: number; total: number }[]>`
  select coalesce(sum(size), 0)::bigint as size, coalesce(sum(total), 0)::bigint as total from (
    select size, total from weldmq.counter_base where queue_id = ${queueId}
    union all
    select d.size, d.total from weldmq.writers w cross join lateral (
           select size, total from weldmq.counter_deltas d
            where d.queue_id = ${queueId} and d.slot = w.slot
              and d.seq > coalesce((select folded from weldmq.counter_base b
                                     where b.queue_id = ${queueId} and b.slot = w.slot), -1)) d) x`
