import { list } from '../documents.ts'
import { okDocument } from '../reply.ts'
import { isTubeName, readTubeName } from '../tube-name.ts'
import { command, nothing, say } from './command.ts'

/** `use TUBE`: where this connection puts from now on. */
export const use = command({
  word: 'use ',
  counts: 'use',
  read: readTubeName,
  run: async ({ session }, tube) => say(await session.use(tube), () => `USING ${tube}`),
})

/** `watch TUBE`: one more tube to reserve from. */
export const watch = command({
  word: 'watch ',
  counts: 'watch',
  read: readTubeName,
  run: async ({ session }, tube) => say(await session.watch(tube), (count) => `WATCHING ${count}`),
})

/** `ignore TUBE`: one less, but never none. */
export const ignore = command({
  word: 'ignore ',
  counts: 'ignore',
  read: readTubeName,
  run: async ({ session }, tube) => say(await session.ignore(tube), (count) => `WATCHING ${count}`),
})

/** `list-tubes`: in byte order. Queues that no tube can be called are left out; `default` always exists. */
export const listTubes = command({
  word: 'list-tubes',
  counts: 'list-tubes',
  read: nothing,
  async run({ session }) {
    const names = new Set([...(await session.queues()).filter(isTubeName), 'default'])
    return okDocument(list([...names].toSorted()))
  },
})

/** `list-tube-used` */
export const listTubeUsed = command({
  word: 'list-tube-used',
  counts: 'list-tube-used',
  read: nothing,
  run: ({ session }) => `USING ${session.used}`,
})

/** `list-tubes-watched`: in the order of watching. */
export const listTubesWatched = command({
  word: 'list-tubes-watched',
  counts: 'list-tubes-watched',
  read: nothing,
  run: ({ session }) => okDocument(list(session.watched)),
})
