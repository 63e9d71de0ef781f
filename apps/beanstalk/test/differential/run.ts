import { setTimeout as pause } from 'node:timers/promises'
import type { Conversation } from '../conversation.ts'
import { type Comparer, createComparer } from './compare.ts'
import { dictionary } from './document.ts'
import { type Command, CONNECTIONS, type Step } from './steps.ts'

/** A server without any job, tube or connection, for one run. */
export type Side = { connect(): Promise<Conversation>; stop(): Promise<void> }

type Pair = { reference: Conversation; ours: Conversation }
type Waiting = { connection: number; replies: number }

const TUBES = ['default', 'a', 'b', 'c-d/e;f.g$h_(i)+']
const SETTLED_WITHIN_MILLISECONDS = 25_000
/** Of `stats`, what shows that both have seen a connection come or go. */
const SETTLES = ['current-connections', 'current-jobs-reserved', 'current-jobs-ready', 'current-tubes']

/** Does the same with both and throws where they differ, with what was done until then. */
export async function runOnBoth(steps: Step[], reference: Side, ours: Side): Promise<void> {
  const done: string[] = []
  const comparer = createComparer()
  const connect = async (): Promise<Pair> => {
    const pair = { reference: await reference.connect(), ours: await ours.connect() }
    opened.push(pair)
    // A connection is made before the server knows of it.
    await Promise.all([pair.reference.ask('list-tube-used'), pair.ours.ask('list-tube-used')])
    return pair
  }
  const opened: Pair[] = []
  try {
    const control = await connect()
    const connections = await oneByOne(Array<typeof connect>(CONNECTIONS).fill(connect))
    const run: Run = { control, connections, comparer, connect, waiting: undefined }
    await settle(run, CONNECTIONS + 1)
    for (const step of steps) {
      done.push(JSON.stringify(step, (_, value) => shortened(value)))
      await take(run, step)
    }
    done.push('what is left')
    await compareWhatIsLeft(run)
  } catch (fault) {
    throw new Error(`${(fault as Error).message}\nafter\n  ${done.join('\n  ')}`, { cause: fault })
  } finally {
    for (const pair of opened) {
      pair.reference.destroy()
      pair.ours.destroy()
    }
  }
}

type Run = {
  control: Pair
  connections: Pair[]
  comparer: Comparer
  connect(): Promise<Pair>
  /** The one connection that is blocked in a reserve: who of several is served first is not specified (7.2). */
  waiting: Waiting | undefined
}

async function take(run: Run, step: Step): Promise<void> {
  const pair = run.connections[step.on]!
  const blocked = run.waiting?.connection === step.on ? run.waiting : undefined

  if ('send' in step && blocked) {
    sendBoth(run, pair, step.send)
    blocked.replies += step.send.length
  } else if ('send' in step) {
    // While somebody waits, what one command has given him would race with the next one.
    const bursts = run.waiting ? step.send.filter(isDecided).map((command) => [command]) : [step.send]
    for (const burst of bursts) {
      sendBoth(run, pair, burst)
      await compareReplies(run, pair, burst.length)
      await serveWaiting(run)
    }
  } else if ('raw' in step) {
    if (blocked) return
    if (step.a11) run.comparer.ignored.add(step.a11)
    await compareUpToMark(run, pair, step.raw)
  } else if ('wait' in step) {
    if (run.waiting) return
    run.waiting = { connection: step.on, replies: 1 }
    sendBoth(run, pair, [{ before: 'reserve' }])
    await Promise.all([blockedOrServed(run, 'reference', pair), blockedOrServed(run, 'ours', pair)])
    await blockedInTubes(run, pair)
  } else {
    if (run.waiting && !blocked && !(await leavesInPeace(run))) return
    await leave(run, step.on, step.leave)
  }
  await serveWaiting(run)
}

/**
 * Of several jobs that become ready by one command, the reference gives the first one to whoever waits, and we the most
 * urgent one; neither is specified.
 */
const isDecided = ({ before }: Command) => !before.startsWith('kick ') || /^kick [01]$/.test(before)

/**
 * Whether another connection may go now: with at most one job to give back (as above), and unless the one who waits has
 * sent commands ahead, which could see that connection half gone.
 */
async function leavesInPeace({ control, waiting }: Run): Promise<boolean> {
  const [reserved] = await gauges(control.reference, ['current-jobs-reserved'])
  return Number(reserved) <= 1 && waiting?.replies === 1
}

function sendBoth({ comparer: { jobs } }: Run, pair: Pair, commands: Command[]): void {
  for (const side of ['reference', 'ours'] as const) {
    const bytes = commands.map(({ before, job, after = '' }) => {
      const id = job === undefined ? '' : (jobs.at(-1 - (job % Math.max(1, jobs.length)))?.[side] ?? '4294967296')
      return `${before}${id}${after}\r\n`
    })
    pair[side].send(Buffer.from(bytes.join(''), 'latin1'))
  }
}

async function compareReplies({ comparer }: Run, { reference, ours }: Pair, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const difference = comparer.difference(...(await Promise.all([reference.reply(), ours.reply()])))
    if (difference) throw new Error(`they differ: ${difference}`)
  }
}

/** For bytes whose replies nobody has counted: everything up to the answer of one more command. */
async function compareUpToMark(run: Run, { reference, ours }: Pair, raw: string): Promise<void> {
  for (const side of [reference, ours]) side.send(Buffer.from(`${raw}list-tube-used\r\n`, 'latin1'))
  for (;;) {
    const replies = await Promise.all([reference.reply(), ours.reply()])
    const difference = run.comparer.difference(...replies)
    if (difference) throw new Error(`they differ: ${difference}`)
    if (!replies[0] || replies[0].line.startsWith('USING ')) return
  }
}

/** The connection ends in this way, and another one takes its place. */
async function leave(run: Run, on: number, how: 'destroy' | 'quit' | 'half-close'): Promise<void> {
  const { reference, ours } = run.connections[on]!
  const blocked = run.waiting?.connection === on ? run.waiting : undefined
  if (blocked) run.waiting = undefined

  // What is sent behind a reserve is executed or not, as the end of the connection is understood; but 9.3 is clear.
  const inOrder = blocked ? blocked.replies > 1 || how === 'half-close' : how !== 'destroy'
  if (!inOrder) {
    for (const side of [reference, ours]) side.destroy()
  } else {
    for (const side of [reference, ours]) {
      if (how === 'quit' && !blocked) side.send('quit\r\nstats\r\n')
      else side.end()
    }
    await compareReplies(run, { reference, ours }, (blocked?.replies ?? 0) + 1)
  }
  await settle(run, CONNECTIONS)
  run.connections[on] = await run.connect()
}

/** Resolves when both have seen to it that so many connections are left, the control among them, and what they held. */
async function settle({ control }: Run, connections: number): Promise<void> {
  const giveUpAt = performance.now() + SETTLED_WITHIN_MILLISECONDS
  for (;;) {
    const [theirs, our] = await Promise.all([gauges(control.reference), gauges(control.ours)])
    if (theirs[0] === String(connections) && theirs.join(' ') === our.join(' ')) return
    if (performance.now() > giveUpAt) {
      throw new Error(`of the two, ${SETTLES.join(', ')} stay ${theirs.join(', ')} and ${our.join(', ')}`)
    }
    await pause(2)
  }
}

async function gauges(control: Conversation, keys = SETTLES): Promise<string[]> {
  const { body } = await control.ask('stats')
  const stats = new Map(dictionary(body!))
  return keys.map((key) => stats.get(key) ?? 'missing')
}

/** Resolves when the server has looked at a reserve that was sent to it. */
async function blockedOrServed({ control }: Run, side: keyof Pair, pair: Pair): Promise<void> {
  const giveUpAt = performance.now() + SETTLED_WITHIN_MILLISECONDS
  while (!pair[side].hasReply()) {
    const [waiting] = await gauges(control[side], ['current-waiting'])
    if (waiting === '1') return
    if (performance.now() > giveUpAt) throw new Error(`${side}: current-waiting stays ${waiting} during a reserve`)
    await pause(2)
  }
}

/**
 * Resolves when both count the reserve in the same tubes: ours counts it there once it has looked in vain. Both are asked
 * as often, since they count that as well.
 */
async function blockedInTubes({ control }: Run, pair: Pair): Promise<void> {
  const giveUpAt = performance.now() + SETTLED_WITHIN_MILLISECONDS
  while (!pair.reference.hasReply() && !pair.ours.hasReply()) {
    const [theirs, our] = await Promise.all([waitingInTubes(control.reference), waitingInTubes(control.ours)])
    if (theirs === our) return
    if (performance.now() > giveUpAt)
      throw new Error(`of the two, current-waiting in ${TUBES.join(', ')} stays ${theirs} and ${our}`)
    await pause(2)
  }
}

async function waitingInTubes(control: Conversation): Promise<string> {
  const counts: string[] = []
  for (const tube of TUBES) {
    const { body } = await control.ask(`stats-tube ${tube}`)
    counts.push((body && new Map(dictionary(body)).get('current-waiting')) ?? 'none')
  }
  return counts.join(', ')
}

/** If the reference has served its waiting connection by now, so must we have, with the same. */
async function serveWaiting(run: Run): Promise<void> {
  if (!run.waiting) return
  const { connection, replies } = run.waiting
  const pair = run.connections[connection]!
  const [waiting] = await gauges(run.control.reference, ['current-waiting'])
  if (waiting === '0' || pair.reference.hasReply()) {
    run.waiting = undefined
    await compareReplies(run, pair, replies)
  } else if (pair.ours.hasReply()) {
    const reply = await pair.ours.reply()
    throw new Error(`ours answered a waiting reserve with ${reply?.line}, the reference did not`)
  }
}

/** The documents of everything there is. */
async function compareWhatIsLeft(run: Run): Promise<void> {
  const { control, comparer } = run
  const tubes = TUBES.map((name) => `stats-tube ${name}`)
  const all = ['stats', 'list-tubes', ...tubes].map((before): Command => ({ before }))
  const jobs = comparer.jobs.map((_, job): Command => ({ before: 'stats-job ', job }))
  sendBoth(run, control, [...all, ...jobs])
  await compareReplies(run, control, all.length + jobs.length)
}

async function oneByOne<T>(makers: (() => Promise<T>)[]): Promise<T[]> {
  const made: T[] = []
  for (const make of makers) made.push(await make())
  return made
}

const shortened = (value: unknown) =>
  typeof value === 'string' && value.length > 200 ? `${value.slice(0, 60)}… (${value.length} bytes)` : value
