import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { BODY_BYTES, type Door } from '../load/caller.ts'
import { ownCpuSeconds } from '../machine/cpu-seconds.ts'
import { createOnce } from './create-once.ts'
import type { PeerDoorOptions } from './peer-door-options.ts'

export type PgmqDoorOptions = PeerDoorOptions & { sqlFile: string }

/** For 64 callers; 4, 8 and 64 did less here, and 32 no more. */
const CONNECTIONS = 16
const RESERVED_SECONDS = 60

/** pgmq's functions, put into the database from its SQL file, called by prepared statements on pinned connections. */
export async function openPgmqDoor({ database, sqlFile }: PgmqDoorOptions): Promise<Door> {
  const sql = postgres({ ...database, max: CONNECTIONS, onnotice: () => {} })
  await sql.unsafe(await readFile(sqlFile, 'utf8'))
  const create = createOnce((queue) => sql`select pgmq.create(${queue})`)
  const body = JSON.stringify({ body: 'x'.repeat(BODY_BYTES) })

  return {
    async openCaller(name) {
      const queue = name.replaceAll('-', '_')
      await create(queue)
      return {
        async post(count) {
          if (count === 1) await sql`select pgmq.send(${queue}, ${body}::text::jsonb)`
          else await sql`select pgmq.send_batch(${queue}, ${Array<string>(count).fill(body)}::text[]::jsonb[])`
        },
        async reserve(count) {
          const read = await sql<{ msg_id: string }[]>`
            select msg_id, message from pgmq.read(${queue}, ${RESERVED_SECONDS}, ${count}::int)`
          return read.map(({ msg_id }) => ({ id: msg_id, reservationId: '' }))
        },
        async delete(held) {
          const ids = held.map(({ id }) => String(id))
          const [first] = ids
          if (ids.length > 1) await sql`select pgmq.delete(${queue}, ${ids}::bigint[])`
          else if (first) await sql`select pgmq.delete(${queue}, ${first}::bigint)`
        },
      }
    },
    closeCallers() {},
    cpuSeconds: ownCpuSeconds,
    close: () => sql.end({ timeout: 5 }),
  }
}
