/** An endpoint that a push queue delivers to, as its owner sees it. */
export type Subscriber = {
  /** Unique in its queue; made by us where the door has no names (contract v2 M20). */
  name: string
  url: string
  /** Sent with each of its deliveries. */
  headers?: Record<string, string>
  /** True when its deliveries are signed; the secret is shown by nothing but the answer that drew it. */
  signed?: boolean
  /** Failures in a row, and until when nothing is sent to it, of one that keeps failing in a queue that pauses such. */
  failing?: { failures: number; pausedUntil?: Date }
}

/** How a push queue delivers; a pull queue has none of it. */
export type Push = {
  type: 'multicast' | 'unicast'
  /** Further attempts after a failed one, and the pause before each. */
  retries: number
  retriesDelaySeconds: number
  /** Where failed deliveries are reported. */
  errorQueue?: string
  /** Deliveries per second that are begun at most; no limit when left out. */
  rate?: number
  /** After so many failures in a row a subscriber is left alone for a while; never when left out. */
  pauseAfter?: number
  subscribers: Subscriber[]
}

/** A subscriber as a client names it: without a name it gets one of ours, or keeps the one its url has. */
export type NewSubscriber = {
  name?: string
  url: string
  headers?: Record<string, string>
  /**
   * Signs its deliveries: a secret of Standard Webhooks (`whsec_` and 24 to 64 bytes in base64), `generate` for one of
   * ours, empty for none. The secret it had before signs as well for another day. Left out, it stays what it is.
   */
  secret?: string
}

/** The door that made a queue decides what its receivers are used to (push.md P-2, 3.2, K8). */
export type Door = 'v2' | 'v3'

/** What can be changed about a queue's deliveries; what is left out keeps its value, or gets the default. */
export type PushSettings = {
  /** `pull` ends it: its settings and subscribers are forgotten, its messages stay. */
  type?: 'pull' | Push['type']
  retries?: number
  retriesDelaySeconds?: number
  /** Empty turns it off. */
  errorQueue?: string
  /** 0 turns these two off. */
  rate?: number
  pauseAfter?: number
  /** Replaces all. */
  subscribers?: NewSubscriber[]
}

/** A secret signs until the moment, or for ever. */
export type Secret = { secret: string; until?: string }

/** As it is stored: what only deliveries need is not shown. */
export type StoredSubscriber = Omit<Subscriber, 'signed' | 'failing'> & {
  id: number
  /** Messages with higher ids are owed to it: those posted after it came (push.md M4). */
  after: number
  secrets?: Secret[]
}

export type StoredPush = Omit<Push, 'subscribers'> & {
  door: Door
  /** What makes the public ids of deliveries unguessable (push.md P-4). */
  key: string
  subscribers: StoredSubscriber[]
  /**
   * The newest message when the queue became a push queue the last time. Up to here nothing is owed to anybody: what a
   * push queue of before has not delivered belongs to the ready line (contract v2 U7, U9).
   */
  since?: number
  /** Subscribers that are gone, for the statuses of what they were owed; the latest 100. */
  removed: Pick<StoredSubscriber, 'id' | 'name' | 'url'>[]
}
