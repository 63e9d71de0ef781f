import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { BODY_BYTES, type Door, type Held } from '../load/caller.ts'
import { ownCpuSeconds } from '../machine/cpu-seconds.ts'
import type { PeerDoorOptions } from './peer-door-options.ts'
import { urlOf } from './url-of.ts'

const TASK = 'bench'

/**
 * What its page on performance advises, with a worker for each of the 64 callers; 24 workers did less here, and so did
 * 25 and 66 connections.
 */
const settings = {
  concurrentJobs: 64,
  maxPoolSize: 10,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
}

/**
 * graphile-worker with its workers in this process. To reserve is to wait until a worker has begun a job; to delete is
 * to let that worker's task end. That it has ended is recorded afterwards, in batches, and nobody here waits for it:
 * more than its clients can do in earnest, and to its advantage. Queues are not told apart.
 */
export async function openGraphileWorkerDoor({ database }: PeerDoorOptions): Promise<Door> {
  const logger = new Logger(() => (level, message) => {
    if (level === 'error') console.error(`graphile-worker: ${message}`)
  })
  const preset = { worker: { connectionString: urlOf(database), logger, ...settings } }
  const body = { body: 'x'.repeat(BODY_BYTES) }

  const begun: (() => void)[] = []
  const waiting: (() => void)[] = []
  const task = () =>
    new Promise<void>((end) => {
      begun.push(end)
      waiting.shift()?.()
    })

  const utils = await makeWorkerUtils({ preset })
  await utils.migrate()
  await run({ preset, taskList: { [TASK]: task } })
  const ends = new Map<number, () => void>()
  let lastId = 0

  return {
    async openCaller() {
      return {
        async post(count) {
          if (count === 1) await utils.addJob(TASK, body)
          else await utils.addJobs(Array(count).fill({ identifier: TASK, payload: body }))
        },
        async reserve(count) {
          if (begun.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
          return begun.splice(0, count).map((end): Held => {
            ends.set(++lastId, end)
            return { id: lastId, reservationId: '' }
          })
        },
        async delete(held) {
          for (const { id } of held) {
            ends.get(id as number)?.()
            ends.delete(id as number)
          }
        },
      }
    },
    closeCallers() {},
    cpuSeconds: ownCpuSeconds,
    // Its stop waits for tasks that nobody ends any more; what they hold goes with the database, they with the process.
    async close() {},
  }
}
