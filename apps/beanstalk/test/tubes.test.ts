import { describe, test } from 'vitest'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('tubes.1 a connection begins with using and watching default', async () => {
    await transcript(
      await open(),
      `
      > list-tube-used
      < USING default
      > list-tubes-watched
      < OK 14
      < ---
      < - default
      `,
    )
  })

  test('tubes.2 watch adds a tube, ignore removes one, but never the last', async () => {
    await transcript(
      await open(),
      `
      > watch a
      < WATCHING 2
      > watch a
      < WATCHING 2
      > ignore unknown
      < WATCHING 2
      > ignore default
      < WATCHING 1
      > ignore a
      < NOT_IGNORED
      > list-tubes-watched
      < OK 8
      < ---
      < - a
      > watch -a
      < BAD_FORMAT
      > watch a:b
      < BAD_FORMAT
      `,
    )
  })

  test('tubes.3 a tube is there while it is used, watched or holds a job', async () => {
    await transcript(
      await open(),
      `
      > ignore never
      < WATCHING 1
      > use used
      < USING used
      > stats-tube never
      < NOT_FOUND
      > list-tubes
      < OK
      < ---
      < - default
      < - used
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > use default
      < USING default
      > list-tubes
      < OK
      < ---
      < - default
      < - used
      > delete {a}
      < DELETED
      > stats-tube used
      < NOT_FOUND
      > list-tubes
      < OK
      < ---
      < - default
      `,
    )
  })

  test('tubes.4 default is always there', async () => {
    await transcript(
      await open(),
      `
      > use a
      < USING a
      > watch a
      < WATCHING 2
      > ignore default
      < WATCHING 1
      > pause-tube default 0
      < PAUSED
      `,
    )
  })
})
