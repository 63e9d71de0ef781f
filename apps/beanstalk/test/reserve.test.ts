import { ageQueue, sqlFor } from '@weldmq/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { openClient } from './client.ts'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()
const sql = sqlFor(ours.database)
afterAll(() => sql.end())

// Not for the reference, which at times forgets a reservation whose holder is silent (accident A8).
test('reserve.8 a reservation that runs out goes to whoever waits', async () => {
  const { place, project } = await ours.open()
  const [holder, waiting] = [await openClient(place), await openClient(place)]
  holder.send('put 0 0 60 1\r\na\r\nreserve\r\n')
  const id = (await holder.line()).split(' ')[1]
  expect((await holder.reply()).line).toBe(`RESERVED ${id} 1`)
  waiting.send('reserve-with-timeout 20\r\n')
  await transcript(place, ': waits')
  await ageQueue(sql, { project, queue: 'default' }, 60)
  expect((await waiting.reply()).line).toBe(`RESERVED ${id} 1`)
  for (const command of [`release ${id} 0 0`, `touch ${id}`, `bury ${id} 0`, `delete ${id}`]) {
    holder.send(`${command}\r\n`)
    expect(await holder.line(), command).toBe('NOT_FOUND')
  }
  waiting.send(`delete ${id}\r\n`)
  expect(await waiting.line()).toBe('DELETED')
  for (const client of [holder, waiting]) client.socket.destroy()
})

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('reserve.1 the most urgent job first, then the oldest, over all watched tubes', async () => {
    await transcript(
      await open(),
      `
      > put 5 0 60 1
      > a
      < INSERTED {a}
      > use other
      < USING other
      > put 5 0 60 1
      > b
      < INSERTED {b}
      > put 1 0 60 1
      > c
      < INSERTED {c}
      > use default
      < USING default
      > put 1 0 60 1
      > d
      < INSERTED {d}
      > watch other
      < WATCHING 2
      > reserve
      < RESERVED {c} 1
      < c
      > reserve-with-timeout 0
      < RESERVED {d} 1
      < d
      > reserve
      < RESERVED {a} 1
      < a
      > reserve-with-timeout 100
      < RESERVED {b} 1
      < b
      > reserve-with-timeout 0
      < TIMED_OUT
      `,
    )
  })

  test('reserve.2 waits for a job, and gets one', async () => {
    await transcript(
      await open(),
      `
      b> watch x
      b< WATCHING 2
      b> reserve-with-timeout 30
      b: waits
      > use x
      < USING x
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > put 0 0 60 1
      > b
      < INSERTED {b}
      b< RESERVED {a} 1
      b< a
      b: hears nothing
      > stats-job {b}
      < OK
      < ---
      < id: {b}
      < tube: {_}
      < state: ready
      < pri: {_}
      < age: {_}
      < delay: {_}
      < ttr: {_}
      < time-left: {_}
      < file: {_}
      < reserves: 0
      < timeouts: {_}
      < releases: {_}
      < buries: {_}
      < kicks: {_}
      `,
    )
  })

  test('reserve.3 TIMED_OUT when nothing came in time', async () => {
    await transcript(
      await open(),
      `
      > reserve-with-timeout 0
      < TIMED_OUT
      > reserve-with-timeout 1
      < TIMED_OUT
      `,
    )
  })

  test('reserve.4 a job that nobody watches is not handed out', async () => {
    await transcript(
      await open(),
      `
      > use x
      < USING x
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > reserve-with-timeout 0
      < TIMED_OUT
      > watch x
      < WATCHING 2
      > ignore default
      < WATCHING 1
      > reserve-with-timeout 0
      < RESERVED {a} 1
      < a
      `,
    )
  })

  test('reserve.5 a delayed job is handed out once its delay is over', async () => {
    const place = await open()
    const began = performance.now()
    await transcript(
      place,
      `
      > put 0 1 60 1
      > a
      < INSERTED {a}
      > reserve-with-timeout 20
      < RESERVED {a} 1
      < a
      `,
    )
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  })

  test('reserve.6 reserve-job takes that job out of any state but reserved', async () => {
    await transcript(
      await open(),
      `
      > use x
      < USING x
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > put 0 100 60 1
      > b
      < INSERTED {b}
      > reserve-job {a}
      < RESERVED {a} 1
      < a
      > reserve-job {a}
      < NOT_FOUND
      b> reserve-job {a}
      b< NOT_FOUND
      > reserve-job {b}
      < RESERVED {b} 1
      < b
      > bury {b} 7
      < BURIED
      b> reserve-job {b}
      b< RESERVED {b} 1
      b< b
      > reserve-job 4611686018427387904
      < NOT_FOUND
      > reserve-job 18446744073709551615
      < NOT_FOUND
      > reserve-job 0
      < NOT_FOUND
      `,
    )
  })

  test('reserve.7 DEADLINE_SOON in the last second, unless a job is ready', async () => {
    const client = await openClient(await open())
    const inTheLastSecond = async () => {
      client.send(
        'put 5 0 1 1\r\na\r\nreserve\r\nreserve\r\nreserve-with-timeout 0\r\nput 0 0 60 1\r\nb\r\nreserve\r\n',
      )
      const lines: string[] = []
      for (let i = 0; i < 6; i++) lines.push((await client.reply()).line)
      const ids = [lines[0], lines[4]].map((line) => line?.split(' ')[1])
      for (const id of ids) {
        client.send(`delete ${id}\r\n`)
        expect(await client.line()).toBe('DELETED')
      }
      return lines.map((line) => ids.reduce((text: string, id, i) => text.replace(` ${id}`, ` ${'ab'[i]}`), line))
    }
    // It is all of the job's time, and is over on a machine that stands still for a second: then once more.
    await expect
      .poll(inTheLastSecond)
      .toEqual(['INSERTED a', 'RESERVED a 1', 'DEADLINE_SOON', 'DEADLINE_SOON', 'INSERTED b', 'RESERVED b 1'])
    client.send('reserve-with-timeout 0\r\n')
    expect(await client.line()).toBe('TIMED_OUT')
    client.socket.destroy()
  })

  test('pause.1 a paused tube gives nothing to reserve, and everything else works', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > pause-tube default 100
      < PAUSED
      > reserve-with-timeout 0
      < TIMED_OUT
      > peek-ready
      < FOUND {a} 1
      < a
      > reserve-job {a}
      < RESERVED {a} 1
      < a
      > release {a} 5 0
      < RELEASED
      b> reserve
      b: waits
      > pause-tube default 0
      < PAUSED
      b< RESERVED {a} 1
      b< a
      > pause-tube nowhere 1
      < NOT_FOUND
      > pause-tube   default 00
      < PAUSED
      `,
    )
  })

  test('pause.2 a pause ends by itself', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > pause-tube default 1
      < PAUSED
      > reserve-with-timeout 20
      < RESERVED {a} 1
      < a
      `,
    )
  })
})

test('reserve.9 a reply that can no longer be given gives its job back', async () => {
  const { place } = await ours.open()
  const waiting = await openClient(place)
  waiting.send('reserve\r\n')
  await transcript(place, ': waits')
  waiting.socket.resetAndDestroy()
  await transcript(
    place,
    `
    > put 0 0 60 1
    > a
    < INSERTED {a}
    > reserve-with-timeout 20
    < RESERVED {a} 1
    < a
    `,
  )
})

test('reserve.10 input behind a blocked reserve is held up to a limit, and the end of the client is noticed all the same', async () => {
  const { place } = await ours.open()
  const client = await openClient(place)
  const lines = 20_000
  client.send(`reserve\r\n${'list-tube-used\r\n'.repeat(lines)}`)
  await transcript(place, ': waits')
  client.socket.end()
  expect(await client.line()).toBe('TIMED_OUT')
  for (let i = 0; i < lines; i++) expect(await client.line()).toBe('USING default')
  await client.closed()
})
