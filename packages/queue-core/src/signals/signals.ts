import type { CoreOptions } from '../core.ts'
import { type Sql, connect } from '../db/connect.ts'
import { CHANNEL, listen, notify, queuesWithReady } from './notify.sql.ts'
import { type Waiter, type Watch, createWaiters } from './waiters.ts'

/** Least time between two messages to other processes; what comes up in it, or while one is under way, shares the next. */
const GATHER_MS = 2
/** Others believe for so long that somebody here waits; said again every second. */
const INTEREST_MS = 3000
const POLLED_EVERY_SECONDS = 1
/** Postgres allows 8000 bytes. */
const PAYLOAD_BYTES = 7500

/** No queue has this number: who delivers to subscribers waits for all push queues under it. */
export const ANY_PUSH_QUEUE = 0

export type Signals = {
  /** Something became ready in this queue, after its commit: wakes waiters here, and elsewhere if any wait. */
  ready(queueId: number, count: number): void
  /** Waits for any of these queues. */
  wait(...queueIds: number[]): Waiter
  /** A standing wait for one queue, of somebody who takes many messages. */
  watch(queueId: number, onReady: () => void): Watch
  /** For somebody who only wants to know; answers with its end. */
  lookOn(queueId: number, onReady: () => void): () => void
  /** Somebody is about to clear the queue up to that id; told to every process, since it explains what is gone. */
  cleared(queueId: number, upTo: number): void
  onCleared(listener: (queueId: number, upTo: number) => void): void
  listen(): Promise<void>
  /**
   * The bounded poll behind the signals, and the word to others who waits here; listens again after a lost connection.
   * Called every second.
   */
  poll(): Promise<void>
  /** Ends all waits, now and later. */
  drain(): void
  isDrained(): boolean
  stop(): Promise<void>
}

/**
 * Waiting without polling. A signal is a hint: it may come twice, late or never, and whoever is woken looks for itself.
 * Between processes it goes by NOTIFY, and only towards queues of which another process said lately that it waits.
 */
export function createSignals(
  { database, sql }: { database: CoreOptions['database']; sql: Sql },
  onFault: (fault: unknown, where: string) => void,
): Signals {
  const me = Math.random().toString(36).slice(2, 10)
  /** Queues that other processes wait for, and until when that holds. */
  const interest = new Map<number, number>()
  let outgoing = new Map<number, number>()
  let announcing = new Set<number>()
  let clearing = new Map<number, number>()
  let toldOfClears: (queueId: number, upTo: number) => void = () => {}
  let cancelFlush: (() => void) | undefined
  let flushing = false
  let flushedAt = -GATHER_MS
  let stopped = false
  let drained = false
  let listening = false

  const listener = connect(database, {
    max: 1,
    pinned: false,
    name: 'weldmq signals',
    onNotify: (channel, payload) => channel === CHANNEL && hear(payload),
    onClose: () => (listening = false),
  })

  const waiters = createWaiters((queueId) => {
    announcing.add(queueId)
    flushSoon()
  })

  /** At once after a quiet moment, since somebody waits; but whatever comes up in the same turn goes along. */
  function flushSoon() {
    if (stopped || flushing || cancelFlush) return
    const wait = flushedAt + GATHER_MS - performance.now()
    if (wait > 0) {
      const timer = setTimeout(() => void flush(), wait)
      cancelFlush = () => clearTimeout(timer)
    } else {
      const immediate = setImmediate(() => void flush())
      cancelFlush = () => clearImmediate(immediate)
    }
  }

  async function flush() {
    cancelFlush = undefined
    flushing = true
    flushedAt = performance.now()
    const [ready, waiting, cleared] = [outgoing, announcing, clearing]
    outgoing = new Map()
    announcing = new Set()
    clearing = new Map()
    await send(
      'ready',
      [...ready].map(([queueId, count]) => `${queueId}*${count}`),
    )
    await send('waiting', [...waiting].map(String))
    await send(
      'cleared',
      [...cleared].map(([queueId, upTo]) => `${queueId}*${upTo}`),
    )
    flushing = false
    if (outgoing.size > 0 || announcing.size > 0 || clearing.size > 0) flushSoon()
  }

  async function send(word: string, items: string[]) {
    try {
      let payload = `${me} ${word}`
      for (const [i, item] of items.entries()) {
        payload += ` ${item}`
        if (payload.length < PAYLOAD_BYTES && i < items.length - 1) continue
        await notify(sql, payload)
        payload = `${me} ${word}`
      }
    } catch (fault) {
      onFault(fault, 'signals')
    }
  }

  function hear(payload: string) {
    const [from, word, ...items] = payload.split(' ')
    if (from === me) return
    const until = performance.now() + INTEREST_MS
    for (const item of items) {
      const [queueId = 0, count = 1] = item.split('*').map(Number)
      if (word === 'waiting') interest.set(queueId, until)
      else if (word === 'ready') waiters.wake(queueId, count)
      else if (word === 'cleared') toldOfClears(queueId, count)
    }
  }

  /** When a pause ends, whatever has gathered in the queue is there for all who wait. */
  function wakeAll(queueId: number, inSeconds: number) {
    const timer = setTimeout(() => waiters.wake(queueId, Infinity), inSeconds * 1000 + 1)
    timer.unref()
  }

  async function listenAgain() {
    if (listening || stopped) return
    listening = true
    try {
      await listen(listener)
    } catch (fault) {
      listening = false
      throw fault
    }
  }

  return {
    ready(queueId, count) {
      waiters.wake(queueId, count)
      if ((interest.get(queueId) ?? 0) < performance.now()) return
      outgoing.set(queueId, (outgoing.get(queueId) ?? 0) + count)
      flushSoon()
    },
    wait: waiters.join,
    watch: waiters.watch,
    lookOn: waiters.lookOn,
    cleared(queueId, upTo) {
      toldOfClears(queueId, upTo)
      clearing.set(queueId, upTo)
      flushSoon()
    },
    onCleared: (listener) => void (toldOfClears = listener),
    listen: listenAgain,
    async poll() {
      for (const [queueId, until] of interest) if (until < performance.now()) interest.delete(queueId)
      await listenAgain()
      const waiting = waiters.queueIds()
      if (waiting.length === 0) return
      for (const queueId of waiting) announcing.add(queueId)
      flushSoon()
      for (const { queue_id, paused_seconds } of await queuesWithReady(sql, waiting)) {
        if (paused_seconds === 0) waiters.wake(queue_id, 1)
        else if (paused_seconds < POLLED_EVERY_SECONDS * 1.5) wakeAll(queue_id, paused_seconds)
      }
    },
    drain() {
      drained = true
      waiters.end()
    },
    isDrained: () => drained,
    async stop() {
      stopped = true
      cancelFlush?.()
      waiters.end()
      await listener.end({ timeout: 2 })
    },
  }
}
