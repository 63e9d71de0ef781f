import { setTimeout as pause } from 'node:timers/promises'
import {
  type Attempt,
  type ClaimedDelivery,
  type DueQueue,
  type Pushing,
  Unavailable,
  limits,
} from '@weldmq/queue-core'
import { type Bytes, countTogether } from './bytes.ts'
import { outcomes } from './outcome.ts'
import { isHere } from './other-server.ts'
import { type Made, openRecorder } from './recorder.ts'
import type { SlotFor, Slots } from './slots.ts'
import { readTarget } from './target.ts'

export type DeliverOptions = {
  pushing: Pushing
  slots: Slots
  bytes: Bytes
  attempt: (delivery: ClaimedDelivery) => Promise<Attempt>
  onFault: (fault: unknown, where: string) => void
  onAttempt?: (delivery: ClaimedDelivery, attempt: Attempt, seconds: number) => void
}

type Held = {
  count: number
  isUsedUp(): boolean
  /** One of them, to be given back by calling what it returns. */
  use(): () => void
  endUnused(): void
}

export type Deliverer = {
  /** Claims no more; resolves when what was claimed has ended and is written down, if the database takes it. */
  stop(): Promise<void>
}

/** What is due by the clock alone is noticed so late at most. */
const TICK_MILLISECONDS = 250
const QUEUES_AT_ONCE = 4
/** After which a fast receiver has answered, and its slots are free for more in one claim. */
const FULL_MILLISECONDS = 2
/** Before the others get their turn. */
const CLAIMS_PER_TURN = 8
/** While so many wait to be written down, no more are claimed. */
const MOST_UNRECORDED = 2000

/** What a project that finds no room for bodies waits for. */
const bodiesOf = (project: string) => `bodies of ${project}`

/** Of bodies, each once. */
const bytesOf = (deliveries: ClaimedDelivery[]) =>
  [...new Set(deliveries.map(({ body }) => body))].reduce((sum, { length }) => sum + length, 0)

const isForAnother = ({ delivery: { lane }, attempt: { statusCode } }: Made) =>
  lane === 0 && (statusCode < 200 || statusCode > 299)

/** Where the requests for a subscriber go, for the number of those under way. */
const hostOf = (url: string) =>
  isHere(url) ? 'here' : (readTarget(url.replace(/^ironmq:/i, 'https:'))?.url.hostname ?? '')

/**
 * Claims what is due and makes one attempt for each claim, for as long as it is not stopped. It claims only what has a slot
 * to start in at once, so that a claim never grows old here, and another process takes what this one has no slots for.
 */
export function startDeliverer(options: DeliverOptions): Deliverer {
  const { pushing, slots, bytes, attempt, onFault, onAttempt } = options
  const ending = new AbortController()
  const underWay = new Set<Promise<void>>()
  /** Receivers, hosts and projects that there were no slots for, and the first queue that wanted some. */
  const starved = new Map<string, number>()
  let isMore = false
  let wake = () => {}
  const recorder = openRecorder({
    record: pushing.record,
    onFault,
    // Where any subscriber may take it, the next one is asked at once (contract push C1).
    onRecorded: (batch) => batch.some(isForAnother) && wake(),
    onOver: (batch) => batch.forEach(({ delivery }) => drop(delivery)),
  })

  /** Nothing needs its body any more. */
  function drop(delivery: ClaimedDelivery) {
    bytes.drop(delivery)
    if (starved.has(bodiesOf(delivery.project))) wake()
  }

  /** Slots of one receiver, held until what they are for has ended. */
  function hold(queueId: number, on: SlotFor, count: number): Held {
    const { project, subscriber, host } = on
    let unused = count
    return {
      count,
      isUsedUp: () => unused === 0,
      use() {
        unused--
        return () => {
          slots.give(on, 1)
          if (starved.has(subscriber) || starved.has(host) || starved.has(project)) wake()
        }
      },
      endUnused() {
        slots.give(on, unused)
        // What the queue did not need itself it looks for no sooner because of it: a queue with a rate would never rest.
        const wanted = [host, project].some((key) => (starved.get(key) ?? queueId) !== queueId)
        if (unused > 0 && wanted) wake()
        unused = 0
      },
    }
  }

  /**
   * Slots for whatever the queue may hand out. Each receiver gets its share of those on its host and no more: it is not
   * known yet which of them there is something for. One that is being probed has no second attempt under way.
   */
  function takeSlots({ project: of, queueId, receivers }: DueQueue): Map<number, Held> {
    const held = new Map<number, Held>()
    const first = Math.floor(Math.random() * receivers.length)
    const inTurn = [...receivers.slice(first), ...receivers.slice(0, first)]
    for (const [i, { id, url, most }] of inTurn.entries()) {
      const on = { project: `project ${of}`, subscriber: `${queueId}/${id}`, host: `host ${hostOf(url)}` }
      const share = Math.max(1, Math.floor(slots.free(on) / (inTurn.length - i)))
      const count = slots.take(on, most, share)
      if (count > 0) held.set(id, hold(queueId, on, count))
      else if (slots.free(on) > 0) starved.set(on.subscriber, queueId)
      else for (const key of [on.host, on.project]) if (!starved.has(key)) starved.set(key, queueId)
    }
    return held
  }

  async function serve(queue: DueQueue): Promise<void> {
    for (let turn = 0; turn < CLAIMS_PER_TURN; turn++) {
      if (ending.signal.aborted || recorder.waiting() >= MOST_UNRECORDED) return
      const held = takeSlots(queue)
      if (held.size === 0) return
      const room = new Map([...held].map(([id, { count }]) => [id, count]))
      const aside = bytes.setAside(queue.project, limits.claimBytes)
      let isFull = false
      try {
        if (aside.bytes === 0) return void starved.set(bodiesOf(queue.project), queue.queueId)
        const claimed = await pushing.claim(queue, room, aside.bytes)
        for (const delivery of claimed) bytes.hold(delivery)
        isFull = bytesOf(claimed) >= aside.bytes
        start(claimed, held)
      } catch (fault) {
        onFault(fault, 'claiming deliveries')
        return
      } finally {
        aside.giveBack()
        isFull ||= [...held.values()].some((one) => one.isUsedUp())
        for (const one of held.values()) one.endUnused()
      }
      // Where no room was filled, nothing more is due now.
      if (!isFull) return
      await pause(FULL_MILLISECONDS)
    }
    isMore = true
  }

  /** Starts all of them; each takes a slot of its receiver out of those held. */
  function start(claimed: ClaimedDelivery[], held: ReadonlyMap<number, Held>) {
    const here: ClaimedDelivery[] = []
    const ends: (() => void)[] = []
    for (const delivery of claimed) {
      const end = held.get(delivery.subscriber.id)!.use()
      if (isHere(delivery.subscriber.url)) {
        here.push(delivery)
        ends.push(end)
      } else track(send(delivery, end))
    }
    if (here.length > 0) track(forward(here, () => ends.forEach((end) => end())))
  }

  function track(work: Promise<void>) {
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  }

  async function send(delivery: ClaimedDelivery, end: () => void): Promise<void> {
    const began = performance.now()
    const made = await attempt(delivery).catch((fault: unknown) => {
      onFault(fault, 'attempting a delivery')
      return outcomes.failed
    })
    end()
    // Nobody knows whether it arrived: the claim ends by itself, and it is delivered again.
    if (made === outcomes.stopped) return drop(delivery)
    onAttempt?.(delivery, made, (performance.now() - began) / 1000)
    recorder.add({ delivery, attempt: made })
  }

  async function forward(deliveries: ClaimedDelivery[], end: () => void): Promise<void> {
    for (const left = [...deliveries]; left.length > 0;) {
      await forwardAll(left.splice(0, countTogether(left.map(({ body }) => body))))
    }
    end()
    for (const delivery of deliveries) drop(delivery)
  }

  /** What the database refuses together is tried apart, so that what is wrong with one holds up no other. */
  async function forwardAll(deliveries: ClaimedDelivery[]): Promise<void> {
    try {
      await pushing.forward(deliveries)
    } catch (fault) {
      if (fault instanceof Unavailable || deliveries.length === 1) return onFault(fault, 'forwarding deliveries')
      const half = Math.ceil(deliveries.length / 2)
      await forwardAll(deliveries.slice(0, half))
      await forwardAll(deliveries.slice(half))
    }
  }

  /** Until something was posted, is due by the clock, or can be started after all. */
  async function rest() {
    const woken = new AbortController()
    wake = () => woken.abort()
    try {
      const signal = AbortSignal.any([ending.signal, woken.signal])
      await pushing.wait(performance.now() + TICK_MILLISECONDS, signal)
    } catch (fault) {
      onFault(fault, 'waiting for deliveries')
      await new Promise((over) => setTimeout(over, TICK_MILLISECONDS))
    } finally {
      wake = () => {}
    }
  }

  async function run() {
    while (!ending.signal.aborted) {
      isMore = false
      starved.clear()
      let freed = false
      wake = () => (freed = true)
      try {
        const queues = (await pushing.due()).values()
        const serveNext = async () => {
          for (const queue of queues) await serve(queue)
        }
        await Promise.all(Array.from({ length: QUEUES_AT_ONCE }, serveNext))
      } catch (fault) {
        onFault(fault, 'looking for deliveries')
      }
      if (!isMore && !freed) await rest()
    }
  }

  const running = run()
  return {
    async stop() {
      ending.abort()
      await running
      await Promise.all(underWay)
      await recorder.stop()
    },
  }
}
