import { until } from '@weldmq/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { anAlertedQueue, fixed, hearing } from '../../test/an-alerted-queue.ts'
import type { NewAlert } from '../index.ts'

/** More of them for a night, another seed for another night; a failure prints its seed and its shortest operations. */
const RUNS = Number(process.env['WELDMQ_PROPERTY_RUNS'] ?? 40)
const SEED = Number(process.env['WELDMQ_PROPERTY_SEED'] ?? 1)
const LIMIT_MS = 'WELDMQ_PROPERTY_RUNS' in process.env ? RUNS * 2000 : 120_000

const a = await aCore()
const cores = [a.core, await a.another()] as const

type Operation =
  | { do: 'post'; by: 0 | 1; count: number }
  | { do: 'delete'; by: 0 | 1; count: number }
  | { do: 'take'; by: 0 | 1; count: number }
  | { do: 'clear' | 'sleep'; by: 0 | 1 }
  | { do: 'replace'; by: 0 | 1; alerts: NewAlert[] }

const by = fc.constantFrom<0 | 1>(0, 1)
const alert = fc.record({
  type: fc.constantFrom<NewAlert['type'][]>('fixed', 'progressive'),
  direction: fc.constantFrom<('asc' | 'desc')[]>('asc', 'desc'),
  trigger: fc.integer({ min: 1, max: 7 }),
  snoozeSeconds: fc.constantFrom(0, 0, 0, 1000),
  queue: fc.constant('alerts'),
})
const alerts = fc.array(alert, { minLength: 1, maxLength: 5 })
const count = fc.integer({ min: 1, max: 9 })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('post' as const), by, count }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('delete' as const), by, count }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const), by, count }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'sleep' as const), by }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), by, alerts }) },
)

/** What the contract's rows F1 to F4 say, word for word: the lines are tried one by one. */
function passes({ type, direction, trigger }: NewAlert, from: number, to: number): boolean {
  for (let line = trigger; line <= (type === 'fixed' ? trigger : Math.max(from, to)); line += trigger) {
    if (direction === 'desc' ? from > line && to <= line : from < line && to >= line) return true
  }
  return false
}

const shownAs = ({ type, direction, trigger }: NewAlert, size: number) => `${type} ${direction} ${trigger} at ${size}`

async function runThrough(first: NewAlert[], operations: Operation[]) {
  const q = await anAlertedQueue(a, ...first)
  let living = first.map((one) => ({ ...one, asleep: false }))
  let held: number[] = []
  let fired = 0
  for (const one of operations) {
    const mine = q.through(cores[one.by])
    const before = held.length
    if (one.do === 'post') held.push(...(await mine.post(...Array<string>(one.count).fill('x'))))
    else if (one.do === 'take') held = held.slice((await mine.reserve(one.count, { delete: true })).length)
    else if (one.do === 'clear') held = valueOf(await mine.clear()) ?? []
    else if (one.do === 'sleep') {
      await q.passUnnoticed(1001)
      for (const sleeper of living) sleeper.asleep = false
    } else if (one.do === 'replace') {
      valueOf(await cores[one.by].replaceAlerts({ ...q.on, alerts: one.alerts }))
      living = one.alerts.map((another) => ({ ...another, asleep: false }))
    } else if (one.do === 'delete' && held.length > 0) {
      const gone = held.splice(held.length >> 1, one.count)
      await mine.deleteAll(...gone.map((id) => ({ id })))
    }
    const firing = living.filter((another) => !another.asleep && passes(another, before, held.length))
    for (const another of firing) another.asleep = another.snoozeSeconds! > 0
    const heard = (await hearing(cores[one.by], q)()).map((message) =>
      shownAs(
        {
          type: message.alert_type as NewAlert['type'],
          direction: message.alert_direction as 'asc',
          trigger: message.alert_trigger,
          queue: '',
        },
        message.queue_size,
      ),
    )
    expect(heard.toSorted()).toEqual(firing.map((another) => shownAs(another, held.length)).toSorted())
    fired += heard.length
  }
  return fired
}

test(
  'calls that follow each other, through two gateways, fire exactly what the contract says after each of them',
  { timeout: LIMIT_MS + 60_000 },
  async () => {
    let [fired, runs] = [0, 0]
    await fc.assert(
      fc.asyncProperty(alerts, fc.array(operation, { minLength: 5, maxLength: 40, size: 'max' }), async (...some) => {
        fired += await runThrough(...some)
        runs++
      }),
      { numRuns: RUNS, seed: SEED, plugins: [fc.interruptAfterTimeLimit(LIMIT_MS)] },
    )
    expect(fired).toBeGreaterThan(runs)
  },
)

/** Has looks that are under way rolled back, wherever they are; not what the driver asks on a new connection. */
const cutLooks = () => a.sql`
  select pg_cancel_backend(pid) from pg_stat_activity
   where datname = current_database() and application_name = 'weldmq alerts' and state = 'active'
     and query ~ 'weldmq|advisory'`

// An alert that fires on the way up and one that fires on the way down over the same line take turns, whatever else
// happens: two in a row mean that a crossing fired twice or that one was lost.
const LINE = 5
const overTheLine = [fixed(LINE), fixed(LINE - 1, { direction: 'desc' })]
const callers = fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 8, size: 'max' }), {
  minLength: 2,
  maxLength: 6,
  size: 'max',
})

test.each([['', false] as const, [', while looks are cut off', true] as const])(
  'calls at the same time, through two gateways%s: each crossing fires once and none is lost',
  { timeout: LIMIT_MS + 60_000 },
  async (_, cut) => {
    let turns = 0
    await fc.assert(
      fc.asyncProperty(callers, async (some) => {
        const q = await anAlertedQueue(a, ...overTheLine)
        let answered = false
        const calling = some.map(async (steps, i) => {
          const mine = q.through(cores[i % 2 === 0 ? 0 : 1])
          for (const step of steps) {
            if (step > 0) await mine.post(...Array<string>(step).fill('x'))
            else if (step < 0) await mine.reserve(-step, { delete: true })
          }
        })
        const all = Promise.all(calling).finally(() => (answered = true))
        while (cut && !answered) await cutLooks()
        await all

        const { size } = await q.size()
        const heard: string[] = []
        const inTurns = async () => {
          for (const message of await q.heard()) {
            heard.push(message.alert_direction)
            expect(message.queue_size >= LINE).toBe(message.alert_direction === 'asc')
          }
          return (heard.at(-1) === 'asc') === size >= LINE
        }
        if (cut) await until(inTurns)
        else expect(await inTurns()).toBe(true)
        expect(heard).toEqual(heard.map((__, i) => (i % 2 === 0 ? 'asc' : 'desc')))
        turns += heard.length
      }),
      { numRuns: RUNS, seed: SEED, plugins: [fc.interruptAfterTimeLimit(LIMIT_MS)] },
    )
    expect(turns).toBeGreaterThan(0)
    const faults = a.faults.splice(0)
    expect(faults.length > 0).toBe(cut)
    expect(faults.filter((one) => (one as { where: string }).where !== 'alerts')).toEqual([])
  },
)
