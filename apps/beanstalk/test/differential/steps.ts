import fc from 'fast-check'

/** Bytes as Latin-1: `before`, the id of a job if one is named, `after`, and the line's end; answered with one reply. */
export type Command = {
  before: string
  /** 0 the last job put, 1 the one before it, and so on. */
  job?: number
  after?: string
}

export type Step =
  | { on: number; send: Command[] }
  /** Any number of replies; `a11` names a counter that the reference moves and we need not. */
  | { on: number; raw: string; a11?: string }
  | { on: number; wait: true }
  | { on: number; leave: 'destroy' | 'quit' | 'half-close' }

export const CONNECTIONS = 4

const tube = fc.constantFrom('default', 'a', 'b', 'c-d/e;f.g$h_(i)+')
const priority = fc.constantFrom('0', '1', '1', '007', '1023', '1024', '65536', '4294967295')
// Far apart and far away: the clock has no say in a run of seconds.
const delay = fc.constantFrom('0', '0', '0', '0', '1000', ' 2000', '3000', '4000000000')
const timeToRun = fc.constantFrom('3000', '5000', '4294967295')
const job = fc.oneof({ weight: 5, arbitrary: fc.nat(3) }, { weight: 2, arbitrary: fc.nat(40) })
const noJob = fc.constantFrom('0', '4294967296', '9007199254740993', '9223372036854775808', '18446744073709551615')

const body = fc.oneof(
  fc.constantFrom('', 'x', '\r\n', 'quit\r\n', '\0\x01\xff', '---\n- a\n', 'oauth', 'y'.repeat(65_535)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)
const put = fc
  .tuple(priority, delay, timeToRun, body)
  .map(([p, d, t, b]): Command => ({ before: `put ${p} ${d} ${t} ${b.length}\r\n${b}` }))

const plain = (weight: number, ...lines: string[]) => ({
  weight,
  arbitrary: fc.constantFrom(...lines).map((before): Command => ({ before })),
})
const onTube = (weight: number, word: string, rest: fc.Arbitrary<string> = fc.constant('')) => ({
  weight,
  arbitrary: fc.tuple(tube, rest).map(([name, after]): Command => ({ before: `${word} ${name}${after}` })),
})
const onJob = (weight: number, word: string, rest: fc.Arbitrary<string> = fc.constant('')) => ({
  weight,
  arbitrary: fc.oneof(
    {
      weight: 15,
      arbitrary: fc
        .tuple(fc.constantFrom(' ', ' ', ' ', '  00'), job, rest)
        .map(([space, nth, after]): Command => ({ before: `${word}${space}`, job: nth, after })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(noJob, rest).map(([id, after]): Command => ({ before: `${word} ${id}${after}` })),
    },
  ),
})
const spaced = (...numbers: fc.Arbitrary<string>[]) => fc.tuple(...numbers).map((all) => ` ${all.join(' ')}`)

/** Lines that are refused or read in their own way, each with one reply (contract sections 3, 4 and 13). */
const odd = [
  ...['', 'foo', 'PUT 0 0 0 1', ' stats', 'put', 'use', 'watch', 'ignore', 'delete', 'release', 'bury', 'kick'],
  ...['kick-job', 'touch', 'peek', 'put ', 'use ', 'watch ', 'ignore ', 'delete ', 'release ', 'bury ', 'kick '],
  ...['kick-job ', 'touch ', 'peek ', 'reserve-with-timeout', 'reserve-job', 'reserve-job ', 'stats-job', 'stats-tube'],
  ...[
    'pause-tube',
    'reserved',
    'reserve 1',
    'reserve ',
    'statsx',
    'stats ',
    'peek-ready x',
    'peek-buried ',
    'list-tubes ',
  ],
  ...[
    'list-tube-usedx',
    'list-tubes-watched ',
    'peek\t1',
    'use  a',
    'use a ',
    'use a:b',
    'use -a',
    'use a@b',
    'watch a,b',
  ],
  ...[
    'watch  a',
    'ignore  a',
    'ignore *',
    'use \xe9',
    `use ${'a'.repeat(201)}`,
    `watch ${'a'.repeat(201)}`,
    'ignore nope',
  ],
  ...[
    'stats-tube nope',
    'stats-tube  a',
    'stats-tube a b',
    'stats-job 18446744073709551616',
    'delete 18446744073709551616',
  ],
  ...['delete -1', 'delete +1', 'delete 1x', 'delete 1 ', 'delete \t1', 'release 1 1', 'release 1 4294967296 0'],
  ...['release 1 -1 0', 'release 1 0 4294967296', 'bury 1', 'bury 1 x', 'touch x', 'peek x', 'peek 1.0', 'peek 0x1'],
  ...['kick x', 'kick  ', 'kick +2', 'kick 1abc', 'kick \t2', 'kick 18446744073709551616', 'kick 18446744073709551615'],
  ...['reserve-with-timeout 0abc', 'reserve-with-timeout  0', 'pause-tube a', 'pause-tubea 1000', 'pause-tube  a 1000'],
  ...[
    'pause-tube a 4294967296',
    'pause-tube a -1',
    'pause-tube a x',
    'pause-tube nope 5',
    'stats\0',
    'us\0e a',
    'list-tubes\n',
  ],
  // The length of a line with its end: up to 224 bytes it is read. Not 225, 449, 673 (A1).
  ...[224, 226, 448, 1000].map((length) => `stats-tube ${'a'.repeat(length - 'stats-tube \r\n'.length)}`),
]

const command = fc.oneof(
  { weight: 14, arbitrary: put },
  plain(10, 'reserve-with-timeout 0'),
  onTube(3, 'use'),
  onTube(4, 'watch'),
  onTube(2, 'ignore'),
  onJob(3, 'reserve-job'),
  onJob(5, 'delete'),
  onJob(5, 'release', spaced(priority, delay)),
  onJob(5, 'bury', spaced(priority)),
  onJob(2, 'touch'),
  onJob(2, 'peek'),
  plain(4, 'peek-ready', 'peek-delayed', 'peek-buried'),
  plain(4, 'kick 1', 'kick 2', 'kick 0', 'kick 4294967295'),
  onJob(3, 'kick-job'),
  onJob(5, 'stats-job'),
  onTube(4, 'stats-tube'),
  plain(2, 'stats', 'list-tubes', 'list-tube-used', 'list-tubes-watched'),
  onTube(2, 'pause-tube', spaced(fc.constantFrom('0', '0', '1000', '4294967295'))),
  plain(4, ...odd),
)

/** Puts that are refused, each in its own way of using up what follows (contract 5.1). */
const raw: { raw: string; a11?: string }[] = [
  ...['0 0 60', '0 0 60 x', '0 0 60 4294967296', '-1 0 60 5', '4294967296 0 60 5', '0 0 60 05x'].map((numbers) => ({
    raw: `put ${numbers}\r\nhello\r\n`,
    a11: 'cmd-put',
  })),
  { raw: 'put 0 0 60 5 \r\nhello\r\n', a11: 'cmd-put' },
  { raw: 'put 0 0 60 3\r\nlonger\r\n' },
  { raw: 'put 0 0 60 20\r\nshorter\r\nthis is eaten up\r\n' },
  { raw: `put 0 0 60 65536\r\n${'z'.repeat(65_536)}\r\n` },
  { raw: `put 0 0 60 65540 \r\n${'z'.repeat(65_540)}??` },
  { raw: 'pause-tube a:b 5\r\n', a11: 'cmd-pause-tube' },
  { raw: 'a\nb\r\n\r\n\0\r\n' },
]

const on = fc.nat(CONNECTIONS - 1)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: fc.record({ on, send: fc.tuple(command) }) },
  { weight: 6, arbitrary: fc.record({ on, send: fc.array(command, { minLength: 2, maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.tuple(on, fc.constantFrom(...raw)).map(([where, what]) => ({ on: where, ...what })) },
  { weight: 2, arbitrary: fc.record({ on, wait: fc.constant(true as const) }) },
  { weight: 3, arbitrary: fc.record({ on, leave: fc.constantFrom('destroy', 'quit', 'half-close') }) },
)

/** What is done in one run, on several connections, one step after the other. */
export const steps = fc.array(step, { maxLength: 70, size: 'max' })
