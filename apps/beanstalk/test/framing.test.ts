import { describe, expect, test } from 'vitest'
import { openClient } from './client.ts'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('framing.1 nothing is said until the client speaks, and an unfinished line gets no answer', async () => {
    await transcript(
      await open(),
      `
      : hears nothing
      > list-tube-used
      < USING default
      `,
    )
  })

  test('framing.2 requests may come a byte at a time or all at once', async () => {
    const place = await open()
    const client = await openClient(place)
    client.socket.setNoDelay(true)
    for (const byte of Buffer.from('use a\r\nput 0 0 60 5\r\nhello\r\npeek-ready\r\n')) client.send(Buffer.of(byte))
    expect(await client.line()).toBe('USING a')
    expect(await client.line()).toMatch(/^INSERTED \d+$/)
    expect((await client.reply()).body?.toString()).toBe('hello')
    client.send('use b\r\nput 0 0 60 1\r\nx\r\nput 0 0 60 1\r\ny\r\npeek-ready\r\nuse c\r\nignore x\r\n')
    expect(await client.line()).toBe('USING b')
    expect(await client.line()).toMatch(/^INSERTED \d+$/)
    expect(await client.line()).toMatch(/^INSERTED \d+$/)
    expect((await client.reply()).body?.toString()).toBe('x')
    expect(await client.line()).toBe('USING c')
    expect(await client.line()).toBe('WATCHING 1')
    client.socket.destroy()
  })

  test('framing.3 what is sent behind a blocked reserve is executed after it', async () => {
    await transcript(
      await open(),
      `
      b> reserve
      b> use other
      b: waits
      b: hears nothing
      > put 0 0 60 1
      > x
      < INSERTED {id}
      b< RESERVED {id} 1
      b< x
      b< USING other
      `,
    )
  })

  test('framing.4 a body is any bytes', async () => {
    const client = await openClient(await open())
    for (const body of [
      '',
      '\r\n',
      '\0',
      '\r\n\r\nquit\r\n',
      String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)),
    ]) {
      client.send(`put 0 0 60 ${body.length}\r\n${body}\r\nreserve\r\n`)
      expect(await client.line()).toMatch(/^INSERTED/)
      const { line, body: back } = await client.reply()
      expect(back?.toString('latin1')).toBe(body)
      client.send(`delete ${line.split(' ')[1]}\r\n`)
      expect(await client.line()).toBe('DELETED')
    }
    client.socket.destroy()
  })

  test('framing.5 lines that are no command', async () => {
    await transcript(
      await open(),
      `
      >
      < UNKNOWN_COMMAND
      > PUT 0 0 0 1
      < UNKNOWN_COMMAND
      > \\sstats
      < UNKNOWN_COMMAND
      > put
      < UNKNOWN_COMMAND
      > put\\s
      < BAD_FORMAT
      > stats\\s
      < BAD_FORMAT
      > reserve-job
      < BAD_FORMAT
      > a\\0b
      < BAD_FORMAT
      > use a\\nb
      < BAD_FORMAT
      > peek\\t1
      < UNKNOWN_COMMAND
      > pause-tubedefault 0
      < PAUSED
      > kick +3 jobs
      < KICKED 0
      > reserve-with-timeout 0abc
      < TIMED_OUT
      `,
    )
  })

  test('framing.6 a line has at most 224 bytes', async () => {
    const place = await open()
    await transcript(
      place,
      `
      > use ${'a'.repeat(200)}
      < USING ${'a'.repeat(200)}
      > use ${'a'.repeat(201)}
      < BAD_FORMAT
      > delete ${'0'.repeat(214)}1
      < NOT_FOUND
      > delete ${'0'.repeat(217)}1
      < BAD_FORMAT
      > ${'x'.repeat(10_000)}
      < BAD_FORMAT
      > list-tube-used
      < USING ${'a'.repeat(200)}
      `,
    )
  })

  test('framing.7 quit and everything that begins with it closes', async () => {
    const place = await open()
    for (const line of ['quit', 'quit now', 'quitter']) {
      await transcript(
        place,
        `
        > list-tube-used
        < USING default
        > ${line}
        : is closed
        `,
      )
    }
  })
})

test('framing.6 a line of exactly 225 bytes is answered at once, and the next one is kept', async () => {
  const { place } = await ours.open()
  for (const length of [223, 447, 671]) {
    await transcript(
      place,
      `
      > ${'x'.repeat(length)}
      < BAD_FORMAT
      > list-tube-used
      < USING default
      `,
    )
  }
})

test('framing.7 what was sent before quit is answered, what was sent behind it is not looked at', async () => {
  await transcript(
    (await ours.open()).place,
    `
    > list-tube-used
    > quit
    > list-tube-used
    < USING default
    : is closed
    `,
  )
})

test('framing.8 a lone CR is an illegal byte and hides nothing', async () => {
  await transcript(
    (await ours.open()).place,
    `
    > use a\\rb
    < BAD_FORMAT
    > use a\\r
    < BAD_FORMAT
    > use a
    < USING a
    `,
  )
})

test('framing.9 a reply with a body is the last one in its write, lines may share one', async () => {
  const client = await openClient((await ours.open()).place)
  client.send('put 0 0 60 5\r\nhello\r\n')
  await client.line()
  client.pieces.length = 0
  client.send('list-tube-used\r\nlist-tube-used\r\npeek-ready\r\nlist-tube-used\r\n')
  for (let i = 0; i < 4; i++) await client.reply()
  const pieces = client.pieces.map((piece) => piece.toString())
  expect(pieces.join('')).toMatch(/^USING default\r\nUSING default\r\nFOUND \d+ 5\r\nhello\r\nUSING default\r\n$/)
  client.socket.destroy()
})

const commands = 'put 0 0 60 1\r\nx\r\nuse stolen\r\n'
test.each([
  ['a form of a web page', `POST / HTTP/1.1\r\nHost: 127.0.0.1:11300\r\n\r\n${commands}`],
  ['with a path longer than a line', `POST /${'a'.repeat(500)} HTTP/1.1\r\nHost: x\r\n\r\n${commands}`],
  ['with a method of its own', `use /x HTTP/1.1\r\nhost: x\r\n\r\n${commands}`],
  ['with a long host too', `use /${'a'.repeat(500)} HTTP/1.1\r\nHost: ${'x.'.repeat(200)}\r\n\r\n${commands}`],
])('framing.10 HTTP closes the connection unheard: %s', async (_, request) => {
  const { place } = await ours.open()
  const client = await openClient(place)
  client.send(request)
  for (let line = await client.line(); line !== 'UNKNOWN_COMMAND'; line = await client.line()) {
    expect(line).toMatch(/^(?:BAD_FORMAT|USING)/)
  }
  await client.closed()
  client.socket.destroy()
  await transcript(place, '> peek-ready\n< NOT_FOUND')
})

test('framing.10 a stranger who speaks HTTP is told nothing', async () => {
  const client = await openClient((await ours.open({ listeners: [{ mode: 'required' }] })).place)
  client.send(`POST / HTTP/1.1\r\nHost: x\r\n\r\n${commands}`)
  await expect(client.closed()).resolves.toBeUndefined()
  client.socket.destroy()
})
