/** An endpoint that a push queue delivers to. */
export type Subscriber = {
  /** Unique in its queue; made by us where the door has no names (contract v2 M20). */
  name: string
  url: string
  /** Sent with each of its deliveries. */
  headers?: Record<string, string>
}

/** How a push queue delivers; a pull queue has none of it. */
export type Push = {
  type: 'multicast' | 'unicast'
  /** Further attempts after a failed one, and the pause before each. */
  retries: number
  retriesDelaySeconds: number
  /** Where failed deliveries are reported. */
  errorQueue?: string
  subscribers: Subscriber[]
}

/** A subscriber as a client names it: without a name it gets one of ours. */
export type NewSubscriber = { name?: string; url: string; headers?: Record<string, string> }

/** What can be changed about a queue's deliveries; what is left out keeps its value, or gets the default. */
export type PushSettings = {
  /** `pull` ends it: its settings and subscribers are forgotten, its messages stay. */
  type?: 'pull' | Push['type']
  retries?: number
  retriesDelaySeconds?: number
  /** Empty turns it off. */
  errorQueue?: string
  /** Replaces all. */
  subscribers?: NewSubscriber[]
}
