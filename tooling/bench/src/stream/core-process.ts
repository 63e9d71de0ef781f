// A process with a core and its callers in it, for what the stream is compared with; started by run-stream.ts.
import { type Core, openCore } from '@weldmq/queue-core'
import { setTimeout as pause } from 'node:timers/promises'
import { answerParent } from '../load/answer-parent.ts'
import type { ClientsFound, ToCoreProcess } from './client-messages.ts'

let core: Core | undefined
let project = ''

answerParent(obey)

async function obey(said: ToCoreProcess): Promise<ClientsFound> {
  switch (said.kind) {
    case 'open':
      project = said.project
      core = await openCore({ database: said.database })
      return {}
    case 'consume':
      return consume(core!, said)
    case 'close':
      await core?.stop()
      return {}
  }
}

/** Each caller reserves so many and deletes them with one call, again and again. */
async function consume(
  on: Core,
  { queue, callers, count, warmUpSeconds, seconds }: Extract<ToCoreProcess, { kind: 'consume' }>,
) {
  let [done, isOver] = [0, false]
  const call = async () => {
    while (!isOver) {
      const reserved = await on.reserveMessages({ project, queue, count })
      if (!reserved.ok || reserved.value.length === 0) throw new Error('The queue of the bench is empty')
      const messages = reserved.value.map(({ id, reservationId }) => ({ messageId: id, reservationId }))
      const deleted = await on.deleteMessages({ project, queue, messages })
      if (!deleted.ok) throw new Error(JSON.stringify(deleted.refusal))
      done += messages.length
    }
  }
  const working = Promise.all(Array.from({ length: callers }, call))
  await Promise.race([working, pause(warmUpSeconds * 1000)])
  const [before, began] = [done, performance.now()]
  await Promise.race([working, pause(seconds * 1000)])
  const perSecond = ((done - before) * 1000) / (performance.now() - began)
  isOver = true
  await working
  return { perSecond }
}
