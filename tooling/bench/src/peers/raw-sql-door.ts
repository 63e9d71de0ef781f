import postgres from 'postgres'
import { BODY_BYTES, type Door } from '../load/caller.ts'
import { ownCpuSeconds } from '../machine/cpu-seconds.ts'
import type { PeerDoorOptions } from './peer-door-options.ts'

/** As many as the core keeps for its messages, and as there are callers in the scenarios of batches. */
const CONNECTIONS = 4

/**
 * The least that can be called a queue on Postgres: rows as ours are, with the primary key and the index of what is
 * ready, and one statement each to add many, to reserve many in order, and to delete many of those reserved. No
 * priorities across batches, no upkeep, no counters: the limit that everything else is seen against.
 */
export async function openRawSqlDoor({ database }: PeerDoorOptions): Promise<Door> {
  const sql = postgres({ ...database, max: CONNECTIONS, onnotice: () => {} })
  await sql`
    create table messages (
      queue          text        not null,
      id             bigint      generated always as identity,
      priority       bigint      not null,
      due_at         timestamptz,
      expires_at     timestamptz not null,
      created_at     timestamptz not null default now(),
      reservation    uuid,
      reserved_count integer     not null default 0,
      state          smallint    not null default 0,
      body           text        not null,
      primary key (queue, id)
    )`
  await sql`create index messages_ready on messages (queue, priority, id) where state = 0`
  const body = 'x'.repeat(BODY_BYTES)

  return {
    async openCaller(queue) {
      return {
        async post(count) {
          await sql`
            insert into messages (queue, priority, expires_at, body)
            select ${queue}, 65536, now() + interval '7 days', body
              from unnest(${Array<string>(count).fill(body)}::text[]) as body`
        },
        async reserve(count) {
          const taken = await sql<{ id: string; reservation: string; body: string }[]>`
            update messages
               set state = 1, reservation = gen_random_uuid(), due_at = now() + interval '60 seconds',
                   reserved_count = reserved_count + 1
             where queue = ${queue}
               and id = any(array(
                     select id from messages
                      where queue = ${queue} and state = 0
                      order by priority, id
                      limit ${count}
                        for update skip locked))
            returning id, reservation, body`
          return taken.map(({ id, reservation }) => ({ id, reservationId: reservation }))
        },
        async delete(held) {
          await sql`
            delete from messages
             using unnest(${held.map(({ id }) => String(id))}::bigint[],
                          ${held.map(({ reservationId }) => reservationId)}::uuid[]) as named(id, reservation)
             where messages.queue = ${queue}
               and messages.id = named.id
               and messages.reservation = named.reservation`
        },
      }
    },
    closeCallers() {},
    cpuSeconds: ownCpuSeconds,
    close: () => sql.end({ timeout: 5 }),
  }
}
