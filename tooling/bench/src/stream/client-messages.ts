/** A gateway's door for live consumers, and who may come in. */
export type StreamDoor = { host: string; port: number; project: string; token: string }

/** What the bench says to the process that holds the clients of the stream. */
export type ToClients =
  | { kind: 'open' }
  /** One socket reserves and deletes for so long; answers with messages per second. */
  | { kind: 'consume'; door: StreamDoor; queue: string; credit: number; warmUpSeconds: number; seconds: number }
  /** Posts at one door, again and again, what a socket at another waits for. */
  | { kind: 'wake'; from: StreamDoor; to: StreamDoor; queues: string[]; rounds: number }
  /** So many sockets with a subscription each, which stay. */
  | { kind: 'idle'; door: StreamDoor; queue: string; count: number }
  /** A socket that asks for messages and reads none of them, and stays. */
  | { kind: 'stop reading'; door: StreamDoor; queue: string; credit: number }
  /** Closes what stayed. */
  | { kind: 'let go' }
  | { kind: 'close' }

/** What came of it; each kind of work answers with some of them. */
export type ClientsFound = {
  perSecond?: number
  /** Milliseconds: p50 and p99. */
  fromSending?: [number, number]
  fromAnswer?: [number, number]
}

/** What the bench says to the process that has a core in it. */
export type ToCoreProcess =
  | { kind: 'open'; database: { host: string; user: string; database: string }; project: string }
  | { kind: 'consume'; queue: string; callers: number; count: number; warmUpSeconds: number; seconds: number }
  | { kind: 'close' }
