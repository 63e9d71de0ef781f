import { describe, test } from 'vitest'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('delete.1 anyone deletes a job that nobody holds, its holder one that somebody does', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > put 0 100 60 1
      > b
      < INSERTED {b}
      > put 0 0 60 1
      > c
      < INSERTED {c}
      b> delete {b}
      b< DELETED
      > reserve
      < RESERVED {a} 1
      < a
      b> delete {a}
      b< NOT_FOUND
      > delete {a}
      < DELETED
      > delete {a}
      < NOT_FOUND
      > reserve
      < RESERVED {c} 1
      < c
      > bury {c} 0
      < BURIED
      b> delete {c}
      b< DELETED
      > delete 0
      < NOT_FOUND
      > delete 18446744073709551615
      < NOT_FOUND
      > delete 18446744073709551616
      < BAD_FORMAT
      `,
    )
  })

  test('release.1 sets priority and delay, keeps the id and with it the place', async () => {
    await transcript(
      await open(),
      `
      > put 5 0 60 1
      > a
      < INSERTED {a}
      > put 5 0 60 1
      > b
      < INSERTED {b}
      > reserve
      < RESERVED {a} 1
      < a
      b> release {a} 5 0
      b< NOT_FOUND
      > release {a} 5 0
      < RELEASED
      > release {a} 5 0
      < NOT_FOUND
      > reserve
      < RESERVED {a} 1
      < a
      > release {a} 6 0
      < RELEASED
      > reserve
      < RESERVED {b} 1
      < b
      > release {b} 1 100
      < RELEASED
      > reserve
      < RESERVED {a} 1
      < a
      > stats-job {b}
      < OK
      < ---
      < id: {b}
      < tube: {_}
      < state: delayed
      < pri: 1
      < age: {_}
      < delay: 100
      < ttr: 60
      < time-left: {70..99}
      < file: 0
      < reserves: 1
      < timeouts: 0
      < releases: 1
      < buries: 0
      < kicks: 0
      `,
    )
  })

  test('bury.1 sets a job aside; the order of burying is the order of kicking', async () => {
    await transcript(
      await open(),
      `
      > put 1 0 60 1
      > a
      < INSERTED {a}
      > put 2 0 60 1
      > b
      < INSERTED {b}
      > put 3 100 60 1
      > c
      < INSERTED {c}
      > bury {a} 0
      < NOT_FOUND
      > reserve
      < RESERVED {a} 1
      < a
      > reserve
      < RESERVED {b} 1
      < b
      b> bury {b} 9
      b< NOT_FOUND
      > bury {b} 9
      < BURIED
      > bury {a} 0
      < BURIED
      > peek-buried
      < FOUND {b} 1
      < b
      > kick 1
      < KICKED 1
      > peek-buried
      < FOUND {a} 1
      < a
      > peek-ready
      < FOUND {b} 1
      < b
      > kick 100
      < KICKED 1
      > peek-ready
      < FOUND {a} 1
      < a
      > peek-delayed
      < FOUND {c} 1
      < c
      > kick 100
      < KICKED 1
      > kick 100
      < KICKED 0
      > stats-job {c}
      < OK
      < ---
      < id: {c}
      < tube: {_}
      < state: ready
      < pri: 3
      < age: {_}
      < delay: 100
      < ttr: 60
      < time-left: 0
      < file: 0
      < reserves: 0
      < timeouts: 0
      < releases: 0
      < buries: 0
      < kicks: 1
      `,
    )
  })

  test('kick.1 kicks in the used tube only, buried jobs before delayed ones; 0 kicks none', async () => {
    await transcript(
      await open(),
      `
      > put 0 100 60 1
      > a
      < INSERTED {a}
      > kick 0
      < KICKED 0
      > use other
      < USING other
      > kick 10
      < KICKED 0
      > use default
      < USING default
      > kick 4294967295
      < KICKED 1
      > kick x
      < BAD_FORMAT
      > kick
      < UNKNOWN_COMMAND
      `,
    )
  })

  test('kick.2 kick-job makes that job ready, if it is buried or delayed', async () => {
    await transcript(
      await open(),
      `
      > use other
      < USING other
      > put 0 100 60 1
      > a
      < INSERTED {a}
      b> kick-job {a}
      b< KICKED
      b> kick-job {a}
      b< NOT_FOUND
      > reserve-job {a}
      < RESERVED {a} 1
      < a
      > kick-job {a}
      < NOT_FOUND
      > bury {a} 0
      < BURIED
      > kick-job {a}
      < KICKED
      > kick-job 9007199254740993
      < NOT_FOUND
      `,
    )
  })

  test('touch.1 the time begins anew, for the holder only', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > touch {a}
      < NOT_FOUND
      > reserve
      < RESERVED {a} 1
      < a
      b> touch {a}
      b< NOT_FOUND
      > touch {a}
      < TOUCHED
      > stats-job {a}
      < OK
      < ---
      < id: {a}
      < tube: {_}
      < state: reserved
      < pri: 0
      < age: {0..30}
      < delay: 0
      < ttr: 60
      < time-left: {30..59}
      < file: 0
      < reserves: 1
      < timeouts: 0
      < releases: 0
      < buries: 0
      < kicks: 0
      `,
    )
  })

  test('end.1 the end of a connection gives back what it holds, without a counter, and leaves the rest', async () => {
    const place = await open()
    for (const end of ['b: closes', 'b> quit', 'b: half-closes']) {
      await transcript(
        place,
        `
        > put 3 0 60 1
        > a
        < INSERTED {a}
        > put 4 0 60 1
        > b
        < INSERTED {b}
        b> reserve
        b< RESERVED {a} 1
        b< a
        b> reserve
        b< RESERVED {b} 1
        b< b
        b> bury {b} 4
        b< BURIED
        ${end}
        > reserve-with-timeout 20
        < RESERVED {a} 1
        < a
        > stats-job {a}
        < OK
        < ---
        < id: {a}
        < tube: {_}
        < state: reserved
        < pri: 3
        < age: {_}
        < delay: 0
        < ttr: 60
        < time-left: {30..59}
        < file: 0
        < reserves: 2
        < timeouts: 0
        < releases: 0
        < buries: 0
        < kicks: 0
        > delete {a}
        < DELETED
        > kick-job {b}
        < KICKED
        > delete {b}
        < DELETED
        `,
      )
    }
  })

  test('end.2 after a half-close everything received is still answered, and nothing waits', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 1
      > a
      > reserve
      > reserve
      > list-tube-used
      > reserve-with-timeout 100
      : half-closes
      < INSERTED {a}
      < RESERVED {a} 1
      < a
      < TIMED_OUT
      < USING default
      < TIMED_OUT
      : is closed
      `,
    )
  })

  test('end.2 a reserve that waits already is answered at the half-close', async () => {
    await transcript(
      await open(),
      `
      > reserve
      : waits
      : half-closes
      < TIMED_OUT
      : is closed
      `,
    )
  })
})
