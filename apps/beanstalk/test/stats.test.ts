import { describe, expect, test } from 'vitest'
import { type Client, openClient } from './client.ts'
import { findReference, startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()

const keys = (document: string) => [...document.matchAll(/^([\w-]+): /gm)].map((match) => match[1])
const valueOf = (document: string, key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(document)?.[1]

async function ask(client: Client, command: string): Promise<string> {
  client.send(`${command}\r\n`)
  return client.document()
}

/** A few of the numbers of `stats`. */
async function numbers(client: Client, ...wanted: string[]): Promise<string> {
  const document = await ask(client, 'stats')
  return wanted.map((key) => valueOf(document, key)).join(' ')
}

describe.each([ours.kind, ...findReference()])('$name:', ({ open }) => {
  test('stats.1 stats has these keys in this order', async () => {
    const client = await openClient(await open())
    const document = await ask(client, 'stats')
    expect(document).toMatch(/^---\n([\w-]+: .+\n)+$/)
    expect(keys(document).join(' ')).toBe(
      'current-jobs-urgent current-jobs-ready current-jobs-reserved current-jobs-delayed current-jobs-buried ' +
        'cmd-put cmd-peek cmd-peek-ready cmd-peek-delayed cmd-peek-buried cmd-reserve cmd-reserve-with-timeout ' +
        'cmd-delete cmd-release cmd-use cmd-watch cmd-ignore cmd-bury cmd-kick cmd-touch cmd-stats cmd-stats-job ' +
        'cmd-stats-tube cmd-list-tubes cmd-list-tube-used cmd-list-tubes-watched cmd-pause-tube job-timeouts ' +
        'total-jobs max-job-size current-tubes current-connections current-producers current-workers current-waiting ' +
        'total-connections pid version rusage-utime rusage-stime uptime binlog-oldest-index binlog-current-index ' +
        'binlog-records-migrated binlog-records-written binlog-max-size draining id hostname os platform',
    )
    expect(valueOf(document, 'max-job-size')).toBe('65535')
    expect(valueOf(document, 'version')).toMatch(/^".+"$/)
    expect(valueOf(document, 'rusage-utime')).toMatch(/^\d+\.\d{6}$/)
    expect(valueOf(document, 'draining')).toBe('false')
    expect(valueOf(document, 'id')).toMatch(/^[0-9a-f]{16}$/)
    client.socket.destroy()
  })

  test('stats.2 counts well-formed commands, and nothing that is malformed', async () => {
    const client = await openClient(await open())
    client.send('delete 1000\r\ndelete x\r\nuse a\r\nuse -\r\nput 0 0 60 1\r\nx..put 0 0 60 9999999\r\n')
    client.send(`${'x'.repeat(9_999_999)}..put 0\r\nbury 1 1\r\nbury 1\r\nreserve-with-timeout 0\r\nfoo\r\n`)
    const replies = ['NOT_FOUND', 'BAD_FORMAT', 'USING a', 'BAD_FORMAT', 'EXPECTED_CRLF', 'JOB_TOO_BIG', 'BAD_FORMAT']
    for (const line of [...replies, 'NOT_FOUND', 'BAD_FORMAT', 'TIMED_OUT', 'UNKNOWN_COMMAND']) {
      expect(await client.line()).toBe(line)
    }
    const commands = ['delete', 'use', 'put', 'bury', 'reserve', 'reserve-with-timeout', 'stats'].map(
      (name) => `cmd-${name}`,
    )
    expect(await numbers(client, ...commands)).toBe('1 1 2 1 0 1 1')
    expect(await numbers(client, 'cmd-stats', 'total-jobs')).toBe('2 0')
    client.socket.destroy()
  })

  test('stats.3 counts connections: open ones, producers, workers, and those that wait', async () => {
    const place = await open()
    const first = await openClient(place)
    const before = Number(valueOf(await ask(first, 'stats'), 'total-connections'))
    const now = async () =>
      numbers(first, 'current-connections', 'current-producers', 'current-workers', 'current-waiting')
    // Whoever looked whether the server was there may still be going.
    await expect.poll(now).toBe('1 0 0 0')

    const second = await openClient(place)
    second.send('put 0 0 60 1\r\nx\r\n')
    await second.line()
    expect(await now()).toBe('2 1 0 0')
    second.send('reserve\r\n')
    await second.reply()
    expect(await now()).toBe('2 1 1 0')
    second.send('reserve\r\n')
    await transcript(place, ': waits')
    await expect.poll(now).toBe('2 1 1 1')
    second.socket.destroy()
    await expect.poll(now).toBe('1 0 0 0')
    expect(Number(valueOf(await ask(first, 'stats'), 'total-connections'))).toBeGreaterThan(before)
    first.socket.destroy()
  })

  test('stats.4 gauges and totals count jobs of all tubes', async () => {
    const client = await openClient(await open())
    const now = () =>
      numbers(
        client,
        ...['urgent', 'ready', 'reserved', 'delayed', 'buried'].map((state) => `current-jobs-${state}`),
        'total-jobs',
        'current-tubes',
      )
    expect(await now()).toBe('0 0 0 0 0 0 1')
    client.send('put 1023 0 60 1\r\na\r\nuse other\r\nput 1024 0 60 1\r\nb\r\nput 0 100 60 1\r\nc\r\n')
    for (let i = 0; i < 4; i++) await client.line()
    expect(await now()).toBe('1 2 0 1 0 3 2')
    client.send('reserve\r\n')
    const { line } = await client.reply()
    expect(await now()).toBe('0 1 1 1 0 3 2')
    client.send(`bury ${line.split(' ')[1]} 0\r\n`)
    expect(await client.line()).toBe('BURIED')
    expect(await now()).toBe('0 1 0 1 1 3 2')
    client.socket.destroy()
  })

  test('stats.5 stats-tube has these keys in this order, and counts what happened in that tube', async () => {
    await transcript(
      await open(),
      `
      > use x
      < USING x
      > watch x
      < WATCHING 2
      > put 0 0 60 1
      > a
      < INSERTED {a}
      > put 2000 0 60 1
      > b
      < INSERTED {b}
      > put 0 100 60 1
      > c
      < INSERTED {c}
      > reserve
      < RESERVED {a} 1
      < a
      > delete {a}
      < DELETED
      > delete {a}
      < NOT_FOUND
      > pause-tube x 100
      < PAUSED
      > pause-tube x 50
      < PAUSED
      b> watch x
      b< WATCHING 2
      b> reserve
      b: waits
      > stats-tube x
      < OK
      < ---
      < name: {name}
      < current-jobs-urgent: 0
      < current-jobs-ready: 1
      < current-jobs-reserved: 0
      < current-jobs-delayed: 1
      < current-jobs-buried: 0
      < total-jobs: 3
      < current-using: 1
      < current-watching: 2
      < current-waiting: 1
      < cmd-delete: 1
      < cmd-pause-tube: 2
      < pause: 50
      < pause-time-left: {20..49}
      > stats-tube y
      < NOT_FOUND
      > stats-tube
      < BAD_FORMAT
      > stats-job 0
      < NOT_FOUND
      `,
    )
  })
})

const theTube = (name: string) => `
  > use 007
  < USING 007
  > put 0 0 60 1
  > a
  < INSERTED {a}
  > stats-tube 007
  < OK
  < ---
  < name: ${name}
  < current-jobs-urgent: 1
  < current-jobs-ready: 1
  < current-jobs-reserved: 0
  < current-jobs-delayed: 0
  < current-jobs-buried: 0
  < total-jobs: 1
  < current-using: 1
  < current-watching: 0
  < current-waiting: 0
  < cmd-delete: 0
  < cmd-pause-tube: 0
  < pause: 0
  < pause-time-left: 0
  > stats-job {a}
  < OK
  < ---
  < id: {a}
  < tube: ${name}
  < state: ready
  < pri: 0
  < age: {0..30}
  < delay: 0
  < ttr: 60
  < time-left: 0
  < file: 0
  < reserves: 0
  < timeouts: 0
  < releases: 0
  < buries: 0
  < kicks: 0
`

test('stats.6 text stands in double quotes, as from 1.13 on', async () => {
  await transcript((await ours.open()).place, theTube('"007"'))
})

test('stats.6 or without, for tools that compare it as it is', async () => {
  await transcript((await ours.open({ quotes: false })).place, theTube('007'))
})

test('stats.7 the metrics count commands and connections', async () => {
  const { place, metrics } = await ours.open()
  const client = await openClient(place)
  client.send('list-tube-used\r\nput 0 0 60 1\r\na\r\nput 0 0 60 1\r\nb\r\nfoo\r\n')
  for (let i = 0; i < 4; i++) await client.line()
  const { text } = await metrics.page()
  expect(text).toContain('weldmq_beanstalk_commands_total{command="list-tube-used"} 1\n')
  expect(text).toContain('weldmq_beanstalk_commands_total{command="put"} 2\n')
  expect(text).toContain('weldmq_beanstalk_connections 1\n')
  client.socket.destroy()
})
