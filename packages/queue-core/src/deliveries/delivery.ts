import type { Door } from '../queues/push.ts'

/** What became of a message at one subscriber. */
export type Delivery = {
  /** 19 digits, unguessable, the same whenever it is asked for (contract v2 M21, push.md P-4). */
  id: string
  /** Of a unicast queue: the subscriber tried last, or the first one before any was. */
  subscriber: string
  url: string
  /**
   * `queued` before the first attempt, `retrying` after a failed one, `reserved` while one is under way or an accepted one
   * may be acknowledged (contract v2, section 5), `failed` when it was given up.
   */
  state: 'queued' | 'retrying' | 'reserved' | 'delivered' | 'failed'
  /** Of the last attempt: what was answered, 200 once acknowledged, 0 for no answer or no attempt yet. */
  statusCode: number
  tries: number
  retriesRemaining: number
  retriesDelaySeconds: number
  lastTryAt?: Date
  /** What the last failure said. */
  failure?: string
  /** Only of unicast queues: the subscribers that were tried so far. */
  tried?: Tried[]
}

export type Tried = {
  subscriber: string
  url: string
  statusCode: number
  tries: number
  lastTryAt: Date
  failure?: string
}

/** A delivery that this process has claimed: it makes one attempt, and says what came of it before the claim ends. */
export type ClaimedDelivery = {
  project: string
  queue: string
  queueId: number
  messageId: number
  body: Buffer
  pushHeaders: Record<string, string>
  subscriber: Receiver
  /** Public id of this delivery, the same at every attempt. */
  deliveryId: string
  /** New for each attempt; whoever shows it may acknowledge the attempt once it was accepted. 32 hex characters. */
  reservationId: string
  /** Whose conventions the receiver is used to. */
  door: Door
  /** How long the receiver may take. */
  answerSeconds: number
  /** To how many queues the message is handed on at a time, where the subscriber is one. */
  amongQueues: number
  /** 0 for the subscriber it is owed to; of a unicast queue, where any may take it. */
  lane: number
}

export type Receiver = {
  id: number
  name: string
  url: string
  headers: Record<string, string>
  /** Each signs; the newest first. */
  secrets: string[]
}

/** What came of an attempt. */
export type Attempt = {
  /** What was answered; 0 when there was no complete answer. 202: accepted, to be acknowledged later. Other 2xx: done. */
  statusCode: number
  /** What was wrong, for the statuses and the error queue; the beginning of the answer where there was one. */
  failure?: string
  /** The receiver's wish not to be tried again before. */
  retryAfterSeconds?: number
}

/** A push queue that has work now. */
export type DueQueue = {
  project: string
  queue: string
  queueId: number
  /** Whom it may be handed to now: those that are paused are missing, one that is being probed has room for one. */
  receivers: { id: number; url: string; most: number }[]
}

/** What a process that delivers works with (push.md). Any number of them share the work. */
export type Pushing = {
  /** Push queues with work that is due by now, in turns when there are many. */
  due(): Promise<DueQueue[]>
  /**
   * Claims due deliveries of one queue: of each receiver at most as many as there is room for. Those of messages and
   * subscribers that are gone are ended on the way. A claim ends by itself some seconds after the answer's time, and
   * the delivery is then claimed again. Bodies come to `mostBytes`, or 16 MiB, and not more than the last of them beyond;
   * deliveries of one message may share theirs.
   */
  claim(queue: DueQueue, room: ReadonlyMap<number, number>, mostBytes?: number): Promise<ClaimedDelivery[]>
  /**
   * Writes down what came of attempts: done, accepted, to be tried again, or given up, then with its error message in
   * the same transaction. Resolves after the commit; an attempt whose claim has ended by then changes nothing.
   */
  record(attempts: { delivery: ClaimedDelivery; attempt: Attempt }[]): Promise<void>
  /** Puts the messages into the queues of this installation that their subscribers name, in the transaction that ends them. */
  forward(deliveries: ClaimedDelivery[]): Promise<void>
  /** Resolves when something was posted to a push queue, at the deadline (of `performance.now()`), or on abort. */
  wait(deadline: number, signal: AbortSignal): Promise<void>
}
