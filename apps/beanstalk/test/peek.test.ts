import { describe, test } from 'vitest'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('peek.1 shows any job, whatever its state, and changes nothing', async () => {
    await transcript(
      await open(),
      `
      > use other
      < USING other
      > put 0 100 60 1
      > a
      < INSERTED {a}
      b> peek {a}
      b< FOUND {a} 1
      b< a
      > reserve-job {a}
      < RESERVED {a} 1
      < a
      b> peek {a}
      b< FOUND {a} 1
      b< a
      > peek 4611686018427387904
      < NOT_FOUND
      > peek 0
      < NOT_FOUND
      > peek x
      < BAD_FORMAT
      `,
    )
  })

  test('peek.2 peek-ready, peek-delayed and peek-buried show the first of the used tube', async () => {
    await transcript(
      await open(),
      `
      > peek-ready
      < NOT_FOUND
      > peek-delayed
      < NOT_FOUND
      > peek-buried
      < NOT_FOUND
      > put 1 0 60 1
      > a
      < INSERTED {a}
      > put 0 0 60 1
      > b
      < INSERTED {b}
      > put 0 200 60 1
      > c
      < INSERTED {c}
      > put 9 100 60 1
      > d
      < INSERTED {d}
      > peek-ready
      < FOUND {b} 1
      < b
      > peek-delayed
      < FOUND {d} 1
      < d
      > use other
      < USING other
      > peek-ready
      < NOT_FOUND
      `,
    )
  })
})
