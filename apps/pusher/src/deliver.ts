import type { Attempt, ClaimedDelivery, DueQueue, Pushing } from '@weldmq/queue-core'
import { outcomes } from './outcome.ts'
import { isHere } from './other-server.ts'
import { type Made, openRecorder } from './recorder.ts'
import type { Slots } from './slots.ts'
import { readTarget } from './target.ts'

export type DeliverOptions = {
  pushing: Pushing
  slots: Slots
  attempt: (delivery: ClaimedDelivery) => Promise<Attempt>
  onFault: (fault: unknown, where: string) => void
  onAttempt?: (delivery: ClaimedDelivery, attempt: Attempt, seconds: number) => void
}

export type Deliverer = {
  /** Claims no more; resolves when what was claimed has ended and is written down, if the database takes it. */
  stop(): Promise<void>
}

/** What is due by the clock alone is noticed so late at most. */
const TICK_MILLISECONDS = 250
const QUEUES_AT_ONCE = 4
/** Before the others get their turn. */
const CLAIMS_PER_TURN = 8
/** While so many wait to be written down, no more are claimed. */
const MOST_UNRECORDED = 2000

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
  const { pushing, slots, attempt, onFault, onAttempt } = options
  const ending = new AbortController()
  const underWay = new Set<Promise<void>>()
  /** Whom a queue would have handed more to than there were slots for. */
  const starved = new Set<string>()
  let isMore = false
  let wake = () => {}
  const recorder = openRecorder({
    record: pushing.record,
    onFault,
    // Where any subscriber may take it, the next one is asked at once (contract push C1).
    onRecorded: (batch) => batch.some(isForAnother) && wake(),
  })

  const keyOf = (queue: { queueId: number }, receiver: { id: number }) => `${queue.queueId}/${receiver.id}`

  /** Takes slots for what the queue may hand out, the first receiver another one each time. */
  function takeSlots({ queueId, receivers }: DueQueue): Map<number, (() => void)[]> {
    const held = new Map<number, (() => void)[]>()
    const first = Math.floor(Math.random() * receivers.length)
    for (const receiver of [...receivers.slice(first), ...receivers.slice(0, first)]) {
      const key = keyOf({ queueId }, receiver)
      const host = hostOf(receiver.url)
      const ends: (() => void)[] = []
      while (ends.length < receiver.most) {
        const end = slots.take(key, host)
        if (!end) {
          starved.add(key).add(`host ${host}`)
          if (slots.isFull()) starved.add('all')
          break
        }
        ends.push(() => {
          end()
          if (starved.has(key) || starved.has(`host ${host}`) || starved.has('all')) wake()
        })
      }
      if (ends.length > 0) held.set(receiver.id, ends)
    }
    return held
  }

  async function serve(queue: DueQueue): Promise<void> {
    for (let turn = 0; turn < CLAIMS_PER_TURN; turn++) {
      if (ending.signal.aborted || recorder.waiting() >= MOST_UNRECORDED) return
      const held = takeSlots(queue)
      if (held.size === 0) return
      const room = new Map([...held].map(([id, ends]) => [id, ends.length]))
      try {
        start(await pushing.claim(queue, room), held)
      } catch (fault) {
        onFault(fault, 'claiming deliveries')
        return
      } finally {
        for (const ends of held.values()) for (const end of ends) end()
      }
      // A receiver that did not fill its room has nothing more now.
      if ([...held.values()].every((ends) => ends.length > 0)) return
    }
    isMore = true
  }

  /** Starts all of them; each takes a slot of its receiver out of those held. */
  function start(claimed: ClaimedDelivery[], held: Map<number, (() => void)[]>) {
    const here: ClaimedDelivery[] = []
    const ends: (() => void)[] = []
    for (const delivery of claimed) {
      const end = held.get(delivery.subscriber.id)?.pop() ?? (() => {})
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
    if (made === outcomes.stopped) return
    onAttempt?.(delivery, made, (performance.now() - began) / 1000)
    recorder.add({ delivery, attempt: made })
  }

  async function forward(deliveries: ClaimedDelivery[], end: () => void): Promise<void> {
    await pushing.forward(deliveries).catch((fault: unknown) => onFault(fault, 'forwarding deliveries'))
    end()
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
