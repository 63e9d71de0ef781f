/** What the process with the subscribers is told. Ports answer `open`, figures answer `gather`. */
export type ToSubscribers =
  /** The first ones never answer. */
  | { kind: 'open'; count: number; hanging: number }
  | { kind: 'reset' }
  /** Answered when so many deliveries have arrived since the reset, or the time is over. */
  | { kind: 'gather'; count: number; withinSeconds: number }
  | { kind: 'close' }

/** Milliseconds from the post of a message to its arrival. */
export type Gathered = { arrived: number; perSecond: number; p50: number; p99: number }

/** What the process is told that sends by undici and nothing else; requests per second answer `send`. */
export type ToUndici =
  | { kind: 'open' }
  | { kind: 'send'; url: string; count: number; atOnce: number }
  | { kind: 'close' }
