import { PgBoss } from 'pg-boss'
import { BODY_BYTES, type Door } from '../load/caller.ts'
import { ownCpuSeconds } from '../machine/cpu-seconds.ts'
import { createOnce } from './create-once.ts'
import type { PeerDoorOptions } from './peer-door-options.ts'

/** Twice its default; fewer did less here, and more no more. */
const CONNECTIONS = 20

/**
 * pg-boss by its calls send, fetch and complete (insert, fetch and complete with arrays for batches), with a table of
 * its own for each queue and its upkeep switched off.
 */
export async function openPgBossDoor({ database }: PeerDoorOptions): Promise<Door> {
  const boss = new PgBoss({ ...database, max: CONNECTIONS, supervise: false, schedule: false })
  boss.on('error', (fault) => console.error('pg-boss:', fault))
  await boss.start()
  const create = createOnce((queue) => boss.createQueue(queue, { partition: true }))
  const data = { body: 'x'.repeat(BODY_BYTES) }

  return {
    async openCaller(queue) {
      await create(queue)
      return {
        async post(count) {
          if (count === 1) await boss.send(queue, data)
          else
            await boss.insert(
              queue,
              Array.from({ length: count }, () => ({ data })),
            )
        },
        async reserve(count) {
          const jobs = await boss.fetch(queue, { batchSize: count })
          return jobs.map(({ id }) => ({ id, reservationId: '' }))
        },
        async delete(held) {
          await boss.complete(
            queue,
            held.map(({ id }) => String(id)),
          )
        },
      }
    },
    closeCallers() {},
    cpuSeconds: ownCpuSeconds,
    async close() {
      await boss.stop({ graceful: false })
    },
  }
}
