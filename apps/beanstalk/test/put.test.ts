import { describe, expect, test } from 'vitest'
import { openClient } from './client.ts'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('put.1 puts into the used tube, ready or delayed, and ids grow', async () => {
    const client = await openClient(await open())
    client.send('put 1 0 60 1\r\na\r\nput 2 100 60 1\r\nb\r\nuse other\r\nput 3 0 60 1\r\nc\r\npeek-ready\r\n')
    const ids = [await client.line(), await client.line()]
    expect(await client.line()).toBe('USING other')
    ids.push(await client.line())
    const numbers = ids.map((line) => Number(/^INSERTED (\d+)$/.exec(line)?.[1]))
    expect(numbers.every((id) => id > 0)).toBe(true)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect((await client.reply()).body?.toString()).toBe('c')
    client.send('use default\r\npeek-ready\r\npeek-delayed\r\n')
    expect(await client.line()).toBe('USING default')
    expect((await client.reply()).body?.toString()).toBe('a')
    expect((await client.reply()).body?.toString()).toBe('b')
    client.socket.destroy()
  })

  test('put.2 a malformed line is refused at once and its body read as commands', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60
      < BAD_FORMAT
      > put 0 0 60 5 x
      > hello
      < BAD_FORMAT
      < UNKNOWN_COMMAND
      > put 4294967296 0 60 0
      < BAD_FORMAT
      > put 0 0 60 -1
      < BAD_FORMAT
      > put a 0 60 1
      < BAD_FORMAT
      > put 0 0 60 0x1
      < BAD_FORMAT
      `,
    )
  })

  test('put.3 a body that is too big is swallowed, whatever follows the length', async () => {
    const client = await openClient(await open())
    client.send(`put 0 0 60 65536\r\n${'x'.repeat(65_536)}..list-tube-used\r\n`)
    expect(await client.line()).toBe('JOB_TOO_BIG')
    expect(await client.line()).toBe('USING default')
    client.send(`put 0 0 60 65536 x\r\n${'x'.repeat(65_536)}\r\nlist-tube-used\r\n`)
    expect(await client.line()).toBe('JOB_TOO_BIG')
    expect(await client.line()).toBe('USING default')
    client.send(`put 0 0 60 65535\r\n${'x'.repeat(65_535)}\r\npeek-ready\r\n`)
    expect(await client.line()).toMatch(/^INSERTED/)
    expect((await client.reply()).body?.length).toBe(65_535)
    client.socket.destroy()
  })

  test('put.4 a body that does not end in CRLF is refused, and exactly the announced bytes are gone', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 5
      > hello!!
      < EXPECTED_CRLF
      < UNKNOWN_COMMAND
      > put 0 0 60 7
      > hello
      > use x
      < EXPECTED_CRLF
      < UNKNOWN_COMMAND
      > peek-ready
      < NOT_FOUND
      `,
    )
  })

  test('put.5 of a put that does not arrive whole nothing is kept', async () => {
    const place = await open()
    const client = await openClient(place)
    client.send('list-tube-used\r\nput 0 0 60 5\r\nhel')
    await client.line()
    client.socket.destroy()
    await transcript(
      place,
      `
      > peek-ready
      < NOT_FOUND
      `,
    )
  })

  test('put.6 the largest numbers are taken, and a time to run of 0 becomes 1', async () => {
    await transcript(
      await open(),
      `
      > put 4294967295 4294967295 4294967295 1
      > x
      < INSERTED {a}
      > stats-job {a}
      < OK
      < ---
      < id: {a}
      < tube: {_}
      < state: delayed
      < pri: 4294967295
      < age: {0..30}
      < delay: 4294967295
      < ttr: 4294967295
      < time-left: {_}
      < file: 0
      < reserves: 0
      < timeouts: 0
      < releases: 0
      < buries: 0
      < kicks: 0
      > put 007 0 0 1
      > y
      < INSERTED {b}
      > stats-job {b}
      < OK
      < ---
      < id: {b}
      < tube: {_}
      < state: ready
      < pri: 7
      < age: {0..30}
      < delay: 0
      < ttr: 1
      < time-left: 0
      < file: 0
      < reserves: 0
      < timeouts: 0
      < releases: 0
      < buries: 0
      < kicks: 0
      `,
    )
  })
})

test('put.3 the largest body is a setting', async () => {
  await transcript(
    (await ours.open({ maxJobBytes: 3 })).place,
    `
    > put 0 0 60 3
    > abc
    < INSERTED {_}
    > put 0 0 60 4
    > abcd
    < JOB_TOO_BIG
    `,
  )
})

test('put.7 a server that drains refuses puts and nothing else', async () => {
  const { beanstalk, place } = await ours.open()
  const client = await openClient(place)
  client.send('put 0 0 60 1\r\nx\r\n')
  expect(await client.line()).toMatch(/^INSERTED/)
  beanstalk.drain()
  client.send('put 0 0 60 1\r\nx\r\nput 0 0 60 1\r\nx..\r\nreserve\r\n')
  expect(await client.line()).toBe('DRAINING')
  expect(await client.line()).toBe('EXPECTED_CRLF')
  client.send('stats\r\n')
  // What the refused body left behind is an empty line.
  expect(await client.line()).toBe('UNKNOWN_COMMAND')
  expect((await client.reply()).body?.toString()).toBe('x')
  expect(await client.document()).toContain('\ndraining: true\n')
  client.socket.destroy()
})

test('put.8 on a strict listener a put that leaves its body behind closes the connection', async () => {
  const { place } = await ours.open({ listeners: [{ strict: true }] })
  await transcript(
    place,
    `
    > put 0 0 60
    > delete 1
    < BAD_FORMAT
    : is closed
    `,
  )
  await transcript(
    place,
    `
    > put 0 0 60 1
    > xdelete 1
    < EXPECTED_CRLF
    : is closed
    `,
  )
  await transcript(
    place,
    `
    > delete x
    < BAD_FORMAT
    > put 0 0 60 1
    > x
    < INSERTED {_}
    `,
  )
})
