import { type Core, Unavailable } from '@weldmq/queue-core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Client, openClient } from './client.ts'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('pipelining.1 a thousand requests sent ahead are answered in order', async () => {
    const client = await openClient(await open())
    const count = 300
    client.send(Array.from({ length: count }, (_, i) => `put 0 0 60 ${`${i}`.length}\r\n${i}\r\n`).join(''))
    const ids: number[] = []
    for (let i = 0; i < count; i++) ids.push(Number((await client.line()).split(' ')[1]))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))

    client.send('reserve\r\n'.repeat(count))
    for (let i = 0; i < count; i++) {
      const { line, body } = await client.reply()
      expect(`${line} ${body?.toString()}`).toBe(`RESERVED ${ids[i]} ${`${i}`.length} ${i}`)
    }
    client.send(ids.map((id) => `touch ${id}\r\ndelete ${id}\r\ndelete ${id}\r\n`).join(''))
    for (let i = 0; i < count; i++) {
      expect([await client.line(), await client.line(), await client.line()]).toEqual([
        'TOUCHED',
        'DELETED',
        'NOT_FOUND',
      ])
    }
    client.socket.destroy()
  })

  test('pipelining.2 puts around a use go where they were meant to go', async () => {
    await transcript(
      await open(),
      `
      > use a
      > put 0 0 60 1
      > a
      > use b
      > put 0 0 60 1
      > b
      > peek-ready
      > use a
      > peek-ready
      < USING a
      < INSERTED {a}
      < USING b
      < INSERTED {b}
      < FOUND {b} 1
      < b
      < USING a
      < FOUND {a} 1
      < a
      `,
    )
  })

  test('pipelining.3 a refused put among others is answered in its place', async () => {
    await transcript(
      await open(),
      `
      > put 0 0 60 1
      > a
      > put 0 0 60
      > put 0 0 60 1
      > b
      > put 0 0 60 1
      > too long
      > put 0 0 60 1
      > c
      < INSERTED {a}
      < BAD_FORMAT
      < INSERTED {b}
      < EXPECTED_CRLF
      < UNKNOWN_COMMAND
      < INSERTED {c}
      `,
    )
  })
})

/** A core whose sessions tell of each call, and do what they are asked only where that is no fault. */
const lookingOn =
  (look: (name: string, given: unknown[]) => Error | undefined) =>
  (core: Core): Core => ({
    ...core,
    openSession: (command) =>
      new Proxy(core.openSession(command), {
        get(session, name: string) {
          const value: unknown = Reflect.get(session, name)
          if (typeof value !== 'function' || name === 'close') return value
          return (...given: unknown[]): unknown => {
            const fault = look(name, given)
            return fault ? Promise.reject(fault) : value.apply(session, given)
          }
        },
      }),
  })

test('pipelining.4 puts that came together are stored together', async () => {
  const posts: number[] = []
  function countPost(name: string, messages: unknown) {
    if (name === 'post') posts.push((messages as unknown[]).length)
    return undefined
  }
  const { place } = await ours.open({ core: lookingOn((name, [messages]) => countPost(name, messages)) })
  const client = await openClient(place)
  client.send('put 0 0 60 1\r\nx\r\n'.repeat(256))
  for (let i = 0; i < 256; i++) expect(await client.line()).toMatch(/^INSERTED/)
  expect(posts.reduce((a, b) => a + b)).toBe(256)
  expect(posts.length).toBeLessThan(10)
  client.socket.destroy()
})

test('fault.1 a put that could not be stored is OUT_OF_MEMORY, and only that', async () => {
  const faults = [new Unavailable('the database is away'), new Error('the connection broke')]
  const { place } = await ours.open({ core: lookingOn(() => faults.shift()) })
  await transcript(
    place,
    `
    > put 0 0 60 1
    > a
    < OUT_OF_MEMORY
    > put 0 0 60 1
    > b
    < OUT_OF_MEMORY
    > put 0 0 60 1
    > c
    < INSERTED {c}
    `,
  )
})

const away = new Unavailable('the database is away')

test('fault.2 everything else is INTERNAL_ERROR', async () => {
  const { place } = await ours.open({ core: lookingOn(() => away) })
  const lines = ['use a', 'watch a', 'ignore a', 'reserve-with-timeout 0', 'reserve-job 1', 'delete 1', 'release 1 0 0']
  const more = ['bury 1 0', 'touch 1', 'peek 1', 'peek-ready', 'peek-delayed', 'peek-buried', 'kick 1', 'kick-job 1']
  const last = ['stats', 'stats-job 1', 'stats-tube a', 'list-tubes', 'pause-tube a 1']
  await transcript(place, [...lines, ...more, ...last].map((line) => `> ${line}\n< INTERNAL_ERROR`).join('\n'))
})

const knownWords =
  /^(BAD_FORMAT|UNKNOWN_COMMAND|EXPECTED_CRLF|JOB_TOO_BIG|NOT_FOUND|NOT_IGNORED|DEADLINE_SOON|TIMED_OUT|BURIED|DELETED|RELEASED|TOUCHED|PAUSED|KICKED|(INSERTED|KICKED|WATCHING|OK) \d+|USING \S+|(RESERVED|FOUND) \d+ \d+)$/

/** The line of the next reply; undefined once the server has closed. */
const next = (client: Client) =>
  client.reply().then(
    ({ line }) => line,
    () => undefined,
  )

test('fault.4 no bytes whatever make it stop or say anything unknown', async () => {
  const { place } = await ours.open()
  const word = fc.constantFrom(
    ...[
      'put 0 0 1 3\r\nabc\r\n',
      'put 0 0 1',
      'use a',
      'watch b',
      'ignore b',
      'reserve-with-timeout 0',
      'delete 1',
      '\r\n',
    ],
    ...[
      'release 1 0 0',
      'bury 1 0',
      'kick 9',
      'stats',
      'stats-job 1',
      'peek-ready',
      'list-tubes',
      'pause-tube a 0',
      '\0',
    ],
    ...['stats-tube a', 'touch 1', 'reserve-job 1', 'kick-job 1', ' ', '\r', '\n', '99999999999999999999'],
  )
  const noise = fc.oneof(
    word,
    fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(noise, { maxLength: 40 }), async (texts) => {
      const client = await openClient(place)
      client.send(texts.join(''))
      client.socket.end()
      for (let reply = await next(client); reply !== undefined; reply = await next(client)) {
        expect(reply).toMatch(knownWords)
      }
      client.socket.destroy()
    }),
    { numRuns: 60 },
  )
  await transcript(place, '> list-tube-used\n< USING default')
  expect(ours.faults.filter((line) => line.includes('"command":"connection"'))).toEqual([])
})
