/** Posts a message to `queue` when the size of its own queue crosses `trigger` or a multiple of it. */
export type NewAlert = {
  type: 'fixed' | 'progressive'
  /** Messages, at least 1. */
  trigger: number
  queue: string
  /** Whether growing or shrinking sets it off; growing by default. */
  direction?: 'asc' | 'desc'
  /** Seconds in which it is set off only once; 0 by default. */
  snooze?: number
}

export type Alert = Required<NewAlert> & { id: string }

/** Where a push queue is to deliver to. */
export type NewSubscriber = {
  name: string
  url: string
  headers?: Record<string, string>
  /** What deliveries are signed with: `whsec_…`, `generate` for one that is drawn, empty for none. */
  secret?: string
}

/** Where a push queue delivers to. */
export type Subscriber = {
  name: string
  url: string
  headers?: Record<string, string>
  /** Deliveries are signed. */
  signed?: true
  /** The secret that this very call had drawn; it is not shown again. */
  secret?: string
  /** It keeps failing: how often in a row, and until when it is left alone (RFC 3339). */
  failing?: { failures: number; pausedUntil?: string }
}

type PushRules = {
  /** Further tries after the first one, 0 to 100. */
  retries: number
  /** Seconds between them, 3 to 86400. */
  retriesDelay: number
  /** The queue that is told of deliveries that failed for good; empty for none. */
  errorQueue: string
  /** Deliveries begun per second at most; 0 for any number. */
  rate?: number
  /** Failures in a row after which a subscriber is left alone for a while; 0 for never. */
  pauseAfter?: number
}

export type Push = PushRules & { subscribers: Subscriber[] }

export type PushSettings = Partial<PushRules> & { subscribers?: readonly NewSubscriber[] }

export type DeadLetter = {
  queueName: string
  /** 1 to 1000; a reserve beyond it moves the message. */
  maxReservations: number
}

/** What is left out keeps its value, or gets the default when the queue is made. */
export type QueueSettings = {
  /** Cannot be changed once the queue is there; `multicast` when only `push` is given. */
  type?: 'pull' | 'multicast' | 'unicast'
  /** Seconds a reservation lasts, 1 to 86400; 60 by default. */
  messageTimeout?: number
  /** Seconds after which a message is dropped, 1 to 2592000; a week by default. */
  messageExpiration?: number
  /** An empty `queueName` removes it. */
  deadLetter?: { queueName?: string; maxReservations?: number }
  push?: PushSettings
  /** Replaces all alerts of the queue. */
  alerts?: NewAlert[]
}

export type QueueInfo = {
  projectId: string
  name: string
  type: 'pull' | 'multicast' | 'unicast'
  messageTimeout: number
  messageExpiration: number
  deadLetter?: DeadLetter
  push?: Push
  alerts: Alert[]
}

export type QueueInfoWithSize = QueueInfo & {
  /** Messages there are now, reserved and delayed ones too. */
  size: number
  /** Messages ever posted. */
  totalMessages: number
}

/** What became of a message at one subscriber. */
export type DeliveryStatus = {
  name: string
  url: string
  /** The last HTTP status; 0 before the first try, and of a connection that failed. */
  statusCode: number
  tries: number
  retriesRemaining: number
  /** RFC 3339; not there before the first try. */
  lastTryAt?: string
  status: 'queued' | 'reserved' | 'retrying' | 'deleted' | 'error'
  /** What the last failure said. */
  message?: string
}
