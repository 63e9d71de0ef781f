import { MAX_32, readNumber } from '../numbers.ts'
import { isTubeName } from '../tube-name.ts'
import { command, say } from './command.ts'

/** `pause-tube TUBE DELAY`: nobody reserves from it for so long; 0 ends a pause. */
export const pauseTube = command({
  // Without its space, and with any number of them before the name, as in the reference (contract section 3 and A4).
  word: 'pause-tube',
  counts: 'pause-tube',
  scope: 'manage',
  read(rest) {
    const [, queue, delay] = /^ *([^ ]+)( .*)$/s.exec(rest) ?? []
    const seconds = delay && readNumber(delay, MAX_32)
    return queue && isTubeName(queue) && typeof seconds === 'number' ? { queue, seconds } : undefined
  },
  run: async ({ session }, pause) => say(await session.pause(pause), () => 'PAUSED'),
})
