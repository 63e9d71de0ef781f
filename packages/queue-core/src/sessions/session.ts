import type { Result } from '../refusal.ts'

/**
 * What one live client connection has of the queue: the queue it posts to, the queues it reserves from, and the
 * reservations it holds. They belong to the session: its end gives them back at once, the end of the process within
 * 10 s (contract beanstalk, section 9). Calls may overlap; `post` calls of one session must not, if their order counts.
 *
 * Queues named here that do not exist are created as transient ones: they are gone again as soon as they hold no
 * message and no session uses or watches them (contract beanstalk, section 10).
 */
export type Session = {
  /** Starts as `default`. */
  readonly used: string
  /** In the order of watching; starts as `default` alone. Never empty. */
  readonly watched: readonly string[]
  use(queue: string): Promise<Result<void>>
  /** The number of queues watched afterwards. */
  watch(queue: string): Promise<Result<number>>
  /** The number of queues watched afterwards; refuses to ignore the only one (`only_watched_queue`). */
  ignore(queue: string): Promise<Result<number>>

  /** Stores all or none in the used queue; ids in the order given. */
  post(messages: SessionMessage[]): Promise<Result<number[]>>
  /**
   * The best ready message of all watched queues that are not paused: most urgent first, then the oldest id. Waits for
   * at most so many seconds (Infinity: without limit) when there is none.
   */
  reserve(command: { waitSeconds: number; signal?: AbortSignal }): Promise<SessionReserve>
  /** That message, whatever its queue and whether it is ready, delayed or buried. Never waits. */
  reserveMessage(messageId: number): Promise<Result<HeldMessage>>

  /** Deletes a message that this session holds, or that nobody does. */
  delete(messageId: number): Promise<Result<void>>
  release(command: { messageId: number; priority: number; delaySeconds: number }): Promise<Result<void>>
  bury(command: { messageId: number; priority: number }): Promise<Result<void>>
  /** The reservation lasts the message's timeout from now on; not counted as a reservation. */
  touch(messageId: number): Promise<Result<void>>

  peek(messageId: number): Promise<Result<HeldMessage>>
  /** Of the used queue; refused with `message_not_found` (id 0) when there is none. */
  peekNext(state: 'ready' | 'delayed' | 'buried'): Promise<Result<HeldMessage>>
  /** Makes buried messages of the used queue ready, or delayed ones when none is buried; how many. */
  kick(count: number): Promise<Result<number>>
  /** Makes that message ready if it is buried or delayed. */
  kickMessage(messageId: number): Promise<Result<void>>
  /** 0 ends the pause at once; refused with `queue_not_found`. */
  pause(command: { queue: string; seconds: number }): Promise<Result<void>>

  /** Names of the project's queues in byte order; those of no message and no user that are transient left out. */
  queues(): Promise<string[]>
  describeMessage(messageId: number): Promise<Result<MessageState>>
  describeQueue(queue: string): Promise<Result<QueueState>>
  describeProject(): Promise<ProjectState>

  /** Gives back what the session holds, ends its waits, leaves its queues. */
  close(): Promise<void>
}

export type SessionMessage = { body: Uint8Array; priority: number; delaySeconds: number; timeoutSeconds: number }

export type HeldMessage = { id: number; body: Buffer }

export type SessionReserve =
  | { kind: 'reserved'; message: HeldMessage }
  /** A reservation of this session ends within a second, and nothing is ready (contract beanstalk, section 8.1). */
  | { kind: 'deadline_soon' }
  | { kind: 'timed_out' }

type Gauges = { urgent: number; ready: number; reserved: number; delayed: number; buried: number }

export type MessageState = {
  id: number
  queue: string
  state: 'ready' | 'delayed' | 'reserved' | 'buried'
  priority: number
  ageSeconds: number
  /** As given to post or to the last release. */
  delaySeconds: number
  timeoutSeconds: number
  /** Until the reservation or the delay ends; 0 in other states. */
  secondsLeft: number
  reserves: number
  timeouts: number
  releases: number
  buries: number
  kicks: number
}

export type QueueState = Gauges & {
  name: string
  /** Posted and deleted since the queue came into being. */
  posted: number
  deleted: number
  /** Sessions, over all gateways. */
  using: number
  watching: number
  waiting: number
  pauses: number
  /** As asked for by the pause in force, else 0. */
  pauseSeconds: number
  pauseSecondsLeft: number
}

/** Gauges of the whole project. */
export type ProjectState = Gauges & {
  queues: number
  /** Reservations that ran out and messages posted since this process started, as far as it has seen them. */
  timeouts: number
  posted: number
}
