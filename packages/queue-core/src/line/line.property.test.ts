import { testDatabase } from '@weldmq/testing'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { valueOf } from '../../test/a-core.ts'
import { type AGateway, type GatewaySettings, aGateway } from '../../test/a-gateway.ts'
import { type Operation, aLine } from '../../test/a-line.ts'
import { claimSlot } from '../counters/counters.sql.ts'
import { connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { createProject } from '../projects/create.ts'

/** More of them for a night, another seed for another night; a failure prints its seed and its shortest operations. */
const RUNS = Number(process.env['WELDMQ_PROPERTY_RUNS'] ?? 120)
const SEED = Number(process.env['WELDMQ_PROPERTY_SEED'] ?? 1)
const LIMIT_MS = 'WELDMQ_PROPERTY_RUNS' in process.env ? RUNS * 2000 : 120_000

const database = await testDatabase({ prepare: migrate })
const raw = connect(database, { max: 20, pinned: true, name: 'test raw' })
const [{ slot } = { slot: 0 }] = await claimSlot(raw)
const writer = { slot, seq: 0 }
const twoGateways = (settings: GatewaySettings = {}): [AGateway, AGateway] => [
  aGateway(database, settings),
  aGateway(database, settings),
]
/** Kinds of statements that carried more than one caller. */
const shared = new Set<string>()
const gateways = twoGateways({ onBatch: (kind, items) => void (items > 1 && shared.add(kind)) })
const guessing = twoGateways({ proved: false })
afterAll(() => Promise.all([...gateways.map((one) => one.stop()), ...guessing.map((one) => one.stop()), raw.end()]))

async function runThrough(operations: Operation[], between = gateways) {
  const { id } = valueOf(await createProject(raw, { name: 'test' }))
  const line = await aLine(between, raw, id, writer)
  try {
    for (const operation of operations) await line.perform(operation)
    const reached = await line.reached()
    await line.drain()
    return reached
  } finally {
    await line.abandon()
  }
}

/** What a line does for all of them; done once, by the first. */
const OF_THE_GATEWAY = new Set<Operation['do']>(['look', 'store', 'forget', 'fold'])

/** The same at the same time on several queues, so that they share statements; the last goes the other way round. */
async function runThroughSeveral(operations: Operation[]) {
  const { id } = valueOf(await createProject(raw, { name: 'test' }))
  const lines = await Promise.all(['a', 'b', 'c', 'd'].map((name) => aLine(gateways, raw, id, writer, name)))
  const last = lines.length - 1
  const backwards = operations.toReversed()
  try {
    for (const [i, operation] of operations.entries()) {
      const ofEach = lines.map((_, line) => (line === last ? backwards[i]! : operation))
      const done = await Promise.allSettled(
        lines.map(async (line, n) => {
          if (n === 0 || !OF_THE_GATEWAY.has(ofEach[n]!.do)) await line.perform(ofEach[n]!)
        }),
      )
      for (const one of done) if (one.status === 'rejected') throw one.reason
    }
    for (const line of lines) await line.drain()
  } finally {
    for (const line of lines) await line.abandon()
  }
}

const by = fc.constantFrom<0 | 1>(0, 1)
const to = fc.nat(30)
// Three of these have a place in the fresh lane from the beginning.
const priority = fc.constantFrom(65_536, 65_536, 65_536, 5, 2000, 7, 999, 0)
const constant = <T extends string>(...names: T[]) => fc.constantFrom(...names)
const message = fc.record({ priority, delayed: fc.integer({ min: 0, max: 5 }).map((n) => n === 0) })

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ do: constant('post'), by, messages: fc.array(message, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 42,
    arbitrary: fc.record({ do: constant('reserve'), by, count: fc.integer({ min: 1, max: 3 }), open: fc.boolean() }),
  },
  { weight: 36, arbitrary: fc.record({ do: constant('look'), by }) },
  { weight: 15, arbitrary: fc.record({ do: constant('lapse', 'end delay'), by, to }) },
  { weight: 12, arbitrary: fc.record({ do: constant('release'), by, to, delayed: fc.boolean() }) },
  { weight: 12, arbitrary: fc.record({ do: constant('release by id'), by, to, delayed: fc.boolean() }) },
  { weight: 9, arbitrary: fc.record({ do: constant('touch by id', 'delete by id'), by, to }) },
  { weight: 18, arbitrary: fc.record({ do: constant('touch', 'delete', 'delete', 'delete free'), by, to }) },
  {
    weight: 9,
    arbitrary: fc.record({ do: constant('hold post'), priorities: fc.array(priority, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: constant('hold release'), to }) },
  { weight: 6, arbitrary: fc.record({ do: constant('hold reserve'), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 12, arbitrary: fc.record({ do: constant('end hold'), to, commit: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: constant('peek', 'store', 'forget', 'fold'), by }) },
  { weight: 6, arbitrary: fc.record({ do: constant('new lane') }) },
  { weight: 3, arbitrary: fc.record({ do: constant('expire'), to }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: constant('delete several'),
      by,
      first: fc.nat(5),
      count: fc.integer({ min: 0, max: 6 }),
      spoiled: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: constant('clear'), by }) },
)

const operations = fc.array(operation, { minLength: 30, maxLength: 150, size: 'max' })

test(
  'two gateways hand out exactly the first messages by priority and place, whatever happens in between',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    const reached: Awaited<ReturnType<typeof runThrough>>[] = []
    await fc.assert(
      fc.asyncProperty(operations, async (some) => {
        reached.push(await runThrough(some))
      }),
      { numRuns: RUNS, seed: SEED, plugins: [fc.interruptAfterTimeLimit(LIMIT_MS)] },
    )
    // Without marks that rose and lanes that were left behind, nothing of this would have been shown.
    expect(Math.max(...reached.map(({ mark }) => mark))).toBeGreaterThan(0)
    expect(Math.max(...reached.map(({ low }) => low))).toBeGreaterThan(1)
    expect(Math.max(...reached.map(({ lane }) => lane))).toBeGreaterThan(3)
    expect(Math.max(...reached.map(({ priorities }) => priorities))).toBeGreaterThan(3)
  },
)

test(
  'each of several queues whose callers share statements is as exact as if it were alone',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    const property = fc.asyncProperty(operations, runThroughSeveral)
    const interrupt = fc.interruptAfterTimeLimit(LIMIT_MS / 2)
    shared.clear()
    await fc.assert(property, { numRuns: Math.ceil(RUNS / 4), seed: SEED, plugins: [interrupt] })
    // Each of the queues has one caller at a time, so callers that shared a statement were of different queues.
    expect([...shared].toSorted()).toEqual(['delete', 'delete by id', 'post', 'reserve'])
  },
)

test(
  'the same finds messages out of order, or lost, where marks are believed without proof',
  { timeout: 180_000 },
  async () => {
    const property = fc.asyncProperty(operations, async (some) => {
      await runThrough(some, guessing)
    })
    const { failed, numRuns } = await fc.check(property, { numRuns: 40, seed: SEED, endOnFailure: true })
    expect([failed, numRuns]).toEqual([true, expect.any(Number)])
  },
)

const post: Operation = { do: 'post', by: 0, messages: [{ priority: 65_536, delayed: false }] }
const postHeld: Operation = { do: 'hold post', priorities: [65_536] }
const reserve: Operation = { do: 'reserve', by: 0, count: 1, open: false }
const commit: Operation = { do: 'end hold', to: 0, commit: true }
const rollback: Operation = { do: 'end hold', to: 0, commit: false }
const looks = (count: number) => Array.from({ length: count }, (): Operation => ({ do: 'look', by: 0 }))

// What each of these must not do to the order; of the first three it is shown that guesses do.
test.each<[string, { guessable: boolean }, Operation[]]>([
  [
    'a post that commits after later ones',
    { guessable: false },
    [postHeld, post, reserve, ...looks(4), commit, reserve],
  ],
  [
    'an empty lane while ids are drawn',
    { guessable: false },
    [post, reserve, ...looks(1), postHeld, ...looks(1), commit, ...looks(3), reserve],
  ],
  [
    'a release that commits when its lane is left behind',
    { guessable: false },
    [post, reserve, { do: 'hold release', to: 0 }, { do: 'new lane' }, post, reserve, ...looks(4), commit, reserve],
  ],
  [
    'a reserve that is rolled back',
    { guessable: true },
    [post, post, { do: 'hold reserve', count: 1 }, reserve, ...looks(4), rollback, reserve],
  ],
  [
    'a gateway that stores what it knows, and forgets it',
    { guessable: true },
    [
      ...[post, post, reserve, ...looks(4)],
      ...[{ do: 'store', by: 0 } as const, { do: 'forget', by: 0 } as const],
      ...[reserve, postHeld, post, commit, reserve],
    ],
  ],
])('%s', async (_, { guessable }, some) => {
  expect(await runThrough(some)).toMatchObject({ priorities: 3 })
  if (!guessable) await expect(runThrough(some, guessing)).rejects.toThrow('to deeply equal')
})
