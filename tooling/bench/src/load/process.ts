// The process that makes load, started by load-process.ts. The core runs inside it when the core itself is measured.
import { perform } from '../scenarios/perform.ts'
import { answerParent } from './answer-parent.ts'
import type { Door } from './caller.ts'
import type { ToLoadProcess } from './messages.ts'
import { openDoor } from './open-door.ts'

let door: Door | undefined

answerParent(obey)

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
