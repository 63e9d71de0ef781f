/** Names one queue of one project; every command on messages starts with it. */
type OnQueue = { project: string; queue: string }

export type NewMessage = {
  /** Opaque bytes, returned as they are. */
  body: Uint8Array
  delaySeconds?: number
  /** 0 is the most urgent. */
  priority?: number
  /** How long a reservation lasts for whoever asks for the message's own; otherwise the queue's message timeout. */
  timeoutSeconds?: number
  /** Infinity: never, unless the queue's expiration was set; the queue's own when left out. */
  expirationSeconds?: number
  /** Extra headers of this message's deliveries; stored, not used on pull queues. */
  pushHeaders?: Record<string, string>
}

export type PostMessages = OnQueue & {
  messages: NewMessage[]
  /** Posts with the same key and content are stored once and answered alike (promise I6). */
  idempotencyKey?: string
}

export type ReserveMessages = OnQueue & {
  count: number
  /** The queue's message timeout when left out; the message's own, if it has one, for an open reservation. */
  timeoutSeconds?: number
  /** Held by whoever knows the message's id; such a message returns to the end of the line when it is not deleted. */
  open?: boolean
  /** How long to wait for the first message when none is ready. */
  waitSeconds?: number
  /** Waits for the queue as well, when there is none. */
  awaitsQueue?: boolean
  /** Deletes what it hands out before it answers. */
  delete?: boolean
  /** Aborted when the caller is gone, or may have nothing more: ends the wait, and what was reserved is given back. */
  signal?: AbortSignal
}

export type ReservedMessage = {
  id: number
  body: Buffer
  /** 32 hex characters, new for each reservation. */
  reservationId: string
  /** Reservations so far, this one included. */
  reservedCount: number
  /** How long this one lasts. */
  timeoutSeconds: number
  priority: number
}

export type FoundMessage = {
  id: number
  body: Buffer
  reservedCount: number
  priority: number
  /** How long an open reservation of it lasts that names no timeout. */
  timeoutSeconds: number
}

/** A message that was asked for by its id, which may be in any state; the last two are those of push queues. */
export type FoundByIdMessage = FoundMessage & {
  status: 'ready' | 'delayed' | 'reserved' | 'buried' | 'owed' | 'done'
}

export type TouchMessage = OnQueue & {
  messageId: number
  reservationId: string | undefined
  /** The queue's message timeout when left out. */
  timeoutSeconds?: number
}

export type ReleaseMessage = OnQueue & {
  messageId: number
  reservationId: string | undefined
  delaySeconds?: number
}

export type DeleteMessage = OnQueue & {
  messageId: number
  /** Left out: only deletes a message that nobody has reserved. */
  reservationId?: string | undefined
  /** With it, the delivery to that subscriber is acknowledged, which has accepted the message. */
  subscriber?: string | undefined
}

/** All or nothing (contract v3 B6, B7). */
export type DeleteMessages = OnQueue & { messages: Pick<DeleteMessage, 'messageId' | 'reservationId' | 'subscriber'>[] }
