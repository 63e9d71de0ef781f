import type { Sql } from '../db/connect.ts'
import { faultFor } from '../db/faults.ts'
import type { Parts } from '../messages/on-queue.ts'
import { Unavailable } from '../refusal.ts'
import { createReturns } from '../sessions/returns.ts'
import { forgetTickets } from '../tickets/ticket.sql.ts'
import { type Task, every } from '../upkeep/every.ts'
import type { Consumer } from './consumer.ts'
import type { Hold } from './holds.ts'
import { LiveStream } from './live-stream.ts'
import { lookTogether } from './look-together.ts'
import { whatEnded, whichAreGone } from './look.sql.ts'
import type { StreamParts } from './stream-parts.ts'
import type { Lost, Stream } from './stream.ts'
import type { Tail } from './tail.ts'

/** Reservations in one statement, and statements in one round; what is left is looked at in the next rounds. */
const LOOK = { reservations: 1000, statements: 4 }
/** Queues in one statement. */
const QUEUES = 10_000
/** Clears that are remembered: a message that is gone may have gone with one. */
const CLEARS = 1000

export type Streams = {
  open(command: { project: string }): Stream
  start(): void
  /** Closes every stream. */
  stop(): Promise<void>
}

type Asked = { stream: LiveStream; messageId: number; hold: Hold; reservation: string }

/**
 * All streams of this process, and the one look per second for all that they hold: a reservation that was ended by
 * somebody else is found by it, one whose time is over is known without it. `background` is for that work.
 */
export function createStreams(
  parts: Parts,
  background: Sql,
  onFault: (fault: unknown, where: string) => void,
): Streams {
  const returns = createReturns(parts.line, parts.signals)
  const stalled: StreamParts['stalled'] = new Set()
  const tails: StreamParts['tails'] = new Set()
  const all: StreamParts = { ...parts, returns, stalled, tails, onFault }
  const open = new Set<LiveStream>()
  /** Those that hold something, who was looked at last at the end. */
  const holding = new Set<LiveStream>()
  const on = {
    holding: (stream: LiveStream) => void holding.add(stream),
    empty: (stream: LiveStream) => void holding.delete(stream),
    close: (stream: LiveStream) => void open.delete(stream),
  }
  /** Up to which id a queue was cleared lately. */
  const clears = new Map<number, number>()
  let tasks: Task[] = []

  parts.signals.onCleared((queueId, upTo) => {
    clears.delete(queueId)
    clears.set(queueId, upTo)
    if (clears.size > CLEARS) clears.delete(clears.keys().next().value!)
  })
  const wentWithClear = ({ hold, messageId }: Asked) => messageId <= (clears.get(hold.queueId) ?? 0)

  async function look() {
    const now = performance.now()
    for (const { holds } of holding) holds.lose(holds.lapsed(now), 'lapsed')
    const turns = [...holding]
    for (let statement = 0; statement < LOOK.statements && turns.length > 0; statement++) {
      const asked = nextAsked(turns)
      const rows = await whatEnded(background, {
        queueIds: asked.map(({ hold }) => hold.queueId),
        ids: asked.map(({ messageId }) => messageId),
        reservations: asked.map(({ reservation }) => reservation),
      })
      const lost = rows.map(({ place, why }) => ({ one: asked[place - 1]!, why }))
      const ofKind = (kind: Lost) =>
        lost.filter(({ one, why }) => (why === 'deleted' && wentWithClear(one) ? 'cleared' : why) === kind)
      for (const kind of ['queue_deleted', 'cleared', 'deleted', 'lapsed'] as const) {
        loseAll(
          ofKind(kind).map(({ one }) => one),
          kind,
        )
      }
    }
  }

  function nextAsked(turns: LiveStream[]): Asked[] {
    const asked: Asked[] = []
    while (asked.length < LOOK.reservations) {
      const stream = turns.shift()
      if (!stream) break
      if (holding.delete(stream)) holding.add(stream)
      for (const [messageId, hold] of stream.holds.entries()) {
        if (hold.acting === 0) asked.push({ stream, messageId, hold, reservation: hold.reservation })
      }
    }
    return asked
  }

  function loseAll(asked: Asked[], why: Lost) {
    const byStream = new Map<LiveStream, [number, Hold][]>()
    for (const { stream, messageId, hold, reservation } of asked) {
      if (hold.acting > 0 || stream.holds.find(messageId, reservation) !== hold) continue
      const of = byStream.get(stream)
      if (of) of.push([messageId, hold])
      else byStream.set(stream, [[messageId, hold]])
    }
    for (const [stream, lost] of byStream) stream.holds.lose(lost, why)
  }

  /** Subscriptions of queues that were deleted would wait for ever. */
  async function lookForQueues() {
    const byQueue = new Map<number, (Consumer | Tail)[]>()
    for (const stream of open) {
      for (const one of stream.subscriptions()) {
        const of = byQueue.get(one.queueId)
        if (of) of.push(one)
        else byQueue.set(one.queueId, [one])
      }
    }
    const queueIds = [...byQueue.keys()]
    while (queueIds.length > 0) {
      for (const { id } of await whichAreGone(background, queueIds.splice(0, QUEUES))) {
        for (const one of byQueue.get(id) ?? []) one.finish('queue_deleted')
      }
    }
  }

  /** Whoever is first now is last the next time: what one statement may bring may end before the last of them. */
  async function lookAtTails() {
    const [first] = tails
    if (!first) return
    await lookTogether(parts.hot, [...tails]).catch((fault: unknown) => {
      if (!(faultFor(fault) instanceof Unavailable)) onFault(fault, 'tails')
    })
    if (tails.delete(first)) tails.add(first)
  }

  async function retry() {
    const again = [...stalled]
    stalled.clear()
    for (const one of again) one.resume()
  }

  return {
    open(command) {
      const stream = new LiveStream(all, command, on)
      open.add(stream)
      return stream
    },
    start() {
      tasks = [
        every(1000, 'reservations of streams', look, onFault),
        every(5000, 'queues of streams', lookForQueues, onFault),
        every(100, 'tails', lookAtTails, onFault),
        every(500, 'stalled subscriptions', retry, onFault),
        every(1000, 'returns of streams', returns.retry, onFault),
        every(60_000, 'expired tickets', async () => forgetTickets(background), onFault),
      ]
    },
    async stop() {
      await Promise.all([...open].map((stream) => stream.close()))
      await Promise.all(tasks.map((task) => task.stop()))
    },
  }
}
