import { type CoreOptions, type Result, openCore } from '@weldmq/queue-core'
import { ownCpuSeconds } from '../machine/cpu-seconds.ts'
import { BODY_BYTES, type Door } from './caller.ts'

export type CoreDoorOptions = { database: CoreOptions['database']; coalesce: boolean }

/** The core in this very process: callers are functions that await it. */
export async function openCoreDoor({ database, coalesce }: CoreDoorOptions): Promise<Door> {
  const core = await openCore({
    database,
    coalesce,
    onFault: (fault, where) => console.error(`The core reports a fault: ${where}`, fault),
  })
  const project = valueOf(await core.createProject({ name: 'bench' })).id
  const body = Buffer.alloc(BODY_BYTES, 'x')

  return {
    async openCaller(queue) {
      const on = { project, queue }
      return {
        async post(count) {
          valueOf(await core.postMessages({ ...on, messages: Array.from({ length: count }, () => ({ body })) }))
        },
        async reserve(count) {
          return valueOf(await core.reserveMessages({ ...on, count }))
        },
        async delete(held) {
          const named = held.map(({ id, reservationId }) => ({ messageId: Number(id), reservationId }))
          const [first] = named
          if (named.length > 1) valueOf(await core.deleteMessages({ ...on, messages: named }))
          else if (first) valueOf(await core.deleteMessage({ ...on, ...first }))
        },
      }
    },
    closeCallers() {},
    cpuSeconds: ownCpuSeconds,
    close: core.stop,
  }
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`The core refused: ${JSON.stringify(result.refusal)}`)
  return result.value
}
