import type { HeldMessage } from '@weldmq/queue-core'
import { readId } from '../numbers.ts'
import type { Reply } from '../reply.ts'
import { command, nothing, say, sayOf } from './command.ts'

const found = ({ id, body }: HeldMessage): Reply => ({ head: `FOUND ${id}`, body })

/** `peek ID`: any job, whatever its state and whoever holds it. */
export const peek = command({
  word: 'peek ',
  counts: 'peek',
  scope: 'consume',
  read: readId,
  run: ({ session }, given) => sayOf(given, (id) => session.peek(id), found),
})

/** `peek-ready`, `peek-delayed`, `peek-buried`: the first one of that state in the used tube. */
export const [peekReady, peekDelayed, peekBuried] = (['ready', 'delayed', 'buried'] as const).map((state) =>
  command({
    word: `peek-${state}`,
    counts: `peek-${state}`,
    scope: 'consume',
    read: nothing,
    run: async ({ session }) => say(await session.peekNext(state), found),
  }),
)
