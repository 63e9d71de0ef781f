import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Client, openClient } from './client.ts'
import { type ServerKind, findReference, startOurs } from './servers.ts'

const ours = await startOurs()
const [reference] = findReference()

/** A line with holes: `{job}` is the id of one of the jobs put so far. */
type Step = { by: number; line: string; body?: string; job?: number }

const CLIENTS = 3

const tube = fc.constantFrom('default', 'a', 'b', 'c')
const priority = fc.constantFrom(0, 5, 1023, 1024, 4_294_967_295)
// Far apart, so that nothing falls due while a sequence is played, however slow the machine is.
const delay = fc.constantFrom(0, 0, 1000, 2000)
const plain = fc.constantFrom(
  ...['reserve-with-timeout 0', 'reserve-with-timeout 0', 'reserve-with-timeout 0', 'peek-ready', 'peek-delayed'],
  ...['peek-buried', 'kick 1', 'kick 100', 'list-tubes', 'list-tube-used', 'list-tubes-watched', 'stats'],
  ...['delete 0', 'nonsense', 'use -', 'put 0 0 0', 'kick', 'release 1', 'quit'],
)
const line = fc.oneof(
  { weight: 3, arbitrary: plain.map((text) => ({ line: text })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(priority, delay, fc.string({ unit: 'binary-ascii', maxLength: 5 }))
      .map(([pri, wait, body]) => ({ line: `put ${pri} ${wait} 1000 ${body.length}`, body })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('use', 'watch', 'ignore', 'stats-tube'), tube)
      .map(([word, name]) => ({ line: `${word} ${name}` })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(tube, fc.constantFrom(0, 1000)).map(([name, n]) => ({ line: `pause-tube ${name} ${n}` })),
  },
  {
    weight: 5,
    arbitrary: fc.oneof(
      fc
        .constantFrom('delete', 'touch', 'peek', 'kick-job', 'reserve-job', 'stats-job')
        .map((word) => ({ line: `${word} {job}` })),
      fc.tuple(priority, delay).map(([pri, wait]) => ({ line: `release {job} ${pri} ${wait}` })),
      priority.map((pri) => ({ line: `bury {job} ${pri}` })),
    ),
  },
)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.nat(CLIENTS - 1), line, fc.nat(6)).map(([by, said, job]) => ({ by, job, ...said })),
  { minLength: 1, maxLength: 60, size: 'max' },
)

/** What a server answers to all of them, in words that do not depend on its ids and clocks. */
async function play(server: ServerKind, sequence: Step[]): Promise<string[]> {
  const place = await server.open()
  const clients: Client[] = []
  for (let i = 0; i < CLIENTS; i++) clients.push(await openClient(place))
  const ids: string[] = []
  const said: string[] = []
  for (const { by, line: template, body, job = 0 } of sequence) {
    const text = template.replace('{job}', ids[ids.length - 1 - job] ?? '4611686018427387904')
    clients[by]!.send(body === undefined ? `${text}\r\n` : `${text}\r\n${body}\r\n`)
    if (text === 'quit') {
      await clients[by]!.closed()
      clients[by]!.socket.destroy()
      clients[by] = await openClient(place)
      continue
    }
    const reply = await clients[by]!.reply()
    if (reply.line.startsWith('INSERTED ')) ids.push(reply.line.slice('INSERTED '.length))
    said.push(`${by}> ${template} < ${comparable(text, reply, ids)}`)
  }
  for (const client of clients) client.socket.destroy()
  return said
}

/** What the other server may well have otherwise: its clock, its process, the order of its lists. */
const differing =
  /^(age|time-left|pause-time-left|pid|version|rusage-.time|uptime|id|hostname|os|platform|binlog-.*|total-connections|current-connections|file): .*$/gm

function comparable(command: string, reply: Awaited<ReturnType<Client['reply']>>, ids: string[]): string {
  const { line: text, body } = reply
  if (body === undefined || !text.startsWith('OK ')) {
    const mapped = text.replace(
      /^(INSERTED|FOUND|RESERVED) (\d+)/,
      (_, word: string, id: string) => `${word} #${ids.indexOf(id)}`,
    )
    return body === undefined ? mapped : `${mapped} ${body.toString('latin1')}`
  }
  const lines = body.toString('latin1').replaceAll(differing, '$1').replaceAll('"', '').split('\n')
  return (command.startsWith('list-') ? lines.toSorted() : lines).join('\n')
}

test.runIf(reference)(
  'pipelining.1 any sequence of commands is answered as beanstalkd does (if it is installed)',
  async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const [mine, theirs] = await Promise.all([play(ours.kind, sequence), play(reference!, sequence)])
        expect(mine).toEqual(theirs)
      }),
      { numRuns: 40 },
    )
  },
)
