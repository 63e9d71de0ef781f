import { limits } from '@weldmq/queue-core'
import type { Sql } from 'postgres'
import { BODY_BYTES } from '../../load/caller.ts'

/** What a queue is filled with: ready rows, rows delayed up to an hour, or rows in somebody's hands for that long. */
export type Filling = 'ready' | 'delayed' | 'due at once' | 'reserved'

/** Makes queues `<prefix>-0` … as the product would, in one statement; those that exist stay as they are. */
export async function makeQueues(
  sql: Sql,
  { project, prefix, count }: { project: string; prefix: string; count: number },
) {
  await sql`
    with q as (
      insert into weldmq.queues (project_id, name)
      select ${project}, ${prefix} || '-' || n from generate_series(0, ${count - 1}::int) n
      on conflict do nothing returning id)
    insert into weldmq.queue_state (queue_id, message_timeout, message_expiration, prios, marks)
    select id, ${limits.messageTimeoutSeconds.default}, ${limits.messageExpirationSeconds.default},
           array[${limits.priority.default}::bigint], '{0}' from q`
}

/**
 * Puts so many messages into a queue at the speed of one statement, with the counts made right, which posting them
 * would do no better. Reserved rows are first stored ready, so that the ready index holds their dead entries.
 */
export async function fill(sql: Sql, f: { project: string; queue: string; count: number; with: Filling }) {
  const [queue] = await sql<{ id: string }[]>`
    select id from weldmq.queues where project_id = ${f.project} and name = ${f.queue}`
  const id = queue!.id
  const state = f.with === 'delayed' || f.with === 'due at once' ? 1 : 0
  const due = { ready: null, reserved: null, delayed: 600, 'due at once': 0 }[f.with]
  await sql`
    insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, expires_at, body)
    select ${id}, i, i, ${limits.priority.default}, ${state}, ${state},
           now() + make_interval(secs => 8 + random() * ${due}::float8), now() + interval '7 days', ${Buffer.alloc(BODY_BYTES, 'x')}
      from (select nextval('weldmq.message_id') as i from generate_series(1, ${f.count}::bigint)) n`
  await sql`
    insert into weldmq.counter_base (queue_id, slot, size, total) values (${id}, 0, ${f.count}, ${f.count})
    on conflict (queue_id, slot) do update
       set size = counter_base.size + excluded.size, total = counter_base.total + excluded.total`
  if (f.with === 'reserved') {
    await sql`
      update weldmq.messages set state = 2, reserved_count = 1, reservation = gen_random_uuid(),
             due_at = now() + interval '1 hour'
       where queue_id = ${id} and state = 0`
  }
  // What the product's rows go through in hours, so that it does not happen while something is measured.
  if (f.with === 'ready') await sql`vacuum (analyze) weldmq.messages`
  else await sql`analyze weldmq.messages`
}
