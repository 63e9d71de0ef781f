// The process that makes load, started by load-process.ts. The core runs inside it when the core itself is measured.
import { perform } from '../scenarios/perform.ts'
import type { Door } from './caller.ts'
import type { FromLoadProcess, ToLoadProcess } from './messages.ts'
import { openDoor } from './open-door.ts'

let door: Door | undefined

process.on('message', (said: ToLoadProcess) => {
  void answer(said).then((reply) => process.send!(reply satisfies FromLoadProcess))
})
process.on('disconnect', () => process.exit())
// The terminal sends Ctrl-C to all of us; the bench itself then ends us in order.
process.on('SIGINT', () => {})

async function answer(said: ToLoadProcess): Promise<FromLoadProcess> {
  try {
    return { ok: true, measured: await obey(said) }
  } catch (fault) {
    return { ok: false, fault: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) }
  }
}

async function obey(said: ToLoadProcess) {
  switch (said.kind) {
    case 'open':
      door = await openDoor(said.door)
      return []
    case 'perform':
      return perform(door!, said.task)
    case 'close':
      await door?.close()
      return []
  }
}
