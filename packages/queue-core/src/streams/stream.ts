import type { Refusal, Result } from '../refusal.ts'

/**
 * What one live consumer has: subscriptions, each of which hands out messages as they become ready for as long as it
 * has credit, and the reservations that came of it. These belong to whoever shows their ids, as those of a plain
 * reserve do, except that the end of the stream gives them all back at once. Calls may overlap.
 */
export type Stream = {
  subscribe(command: Subscribe, receiver: Receiver): Promise<Result<Subscription>>
  /** Each on its own: the answer names those that failed, the others are done. */
  delete(command: OnMessages): Promise<Result<Failed[]>>
  release(command: OnMessages & { delaySeconds: number }): Promise<Result<Failed[]>>
  bury(command: OnMessages): Promise<Result<Failed[]>>
  /** As touching by one; without a timeout, for as long as the subscription's reservations last, or else the queue's own. */
  touch(command: OnMessages & { timeoutSeconds?: number }): Promise<Result<{ touched: Touched[]; failed: Failed[] }>>
  /** Reservations that it has now, with those that a subscription deletes or gives back. */
  readonly held: number
  /** Hands out nothing more, for good; what is held stays until it is finished. Resolves once nothing is held. */
  drain(): Promise<void>
  /** Gives back what it holds. */
  close(): Promise<void>
}

export type Subscribe = {
  queue: string
  /** `tail` shows messages as they arrive and reserves none. */
  mode: 'consume' | 'tail'
  credit: number
  /** Of bodies. */
  creditBytes: number
  /** Messages handed over at a time, at most. */
  batch: number
  /** The queue's message timeout when left out. */
  timeoutSeconds?: number
  /** Deletes what it hands out before it does. */
  delete?: boolean
}

export type Subscription = {
  readonly credit: CreditState
  /** How long its reservations last, from the beginning to the end; undefined where there are none. */
  readonly reservationSeconds: number | undefined
  /** There is nothing to do for it now: nothing is ready, as far as is known, or it has no credit. */
  readonly quiet: boolean
  /** More credit. */
  grant(more: { count?: number; bytes?: number }): void
  /** All the credit that remains, in place of what remained. */
  set(credit: { count?: number; bytes?: number }): void
  /** To be called once at the beginning, and when the receiver has room again. */
  resume(): void
  /** To be called now and then while it is stuck: the large message may be somebody else's by now. */
  lookAgain(): void
  /** Hands out nothing more. What is held goes back at once, or, draining, is waited for; `ended` comes after it. */
  end(drain: boolean): void
}

/** What is granted is what remains, what is held, and what was spent on messages without a reservation. */
export type CreditState = {
  readonly count: number
  readonly bytes: number
  readonly held: number
  readonly heldBytes: number
}

/** Where a subscription's messages go; none of its methods may throw. */
export type Receiver = {
  /** Bytes of packed messages that there is room for now; the first message of all goes if there is any. */
  room(): number
  /** A message in the form in which it leaves; its bytes are what `room` is about. */
  pack(message: StreamMessage): string
  /** At least one; `skipped` messages were not shown before these, which only a tail does. */
  messages(packed: string[], skipped: number): void
  /** These reservations ended by something else than this stream; their credit is back. */
  lost(messageIds: number[], why: Lost): void
  /** Nothing more comes, and nothing is held any more. */
  ended(why: 'asked' | 'queue_deleted'): void
  /** The next message has more bytes than all the credit in bytes. */
  stuck(bytes: number): void
}

export type StreamMessage = {
  id: number
  body: Buffer
  reservedCount: number
  /** Undefined where nothing is held: deleted on the way, or only shown. */
  reservationId: string | undefined
  /** How long the reservation lasts. */
  seconds: number
}

/** How a reservation can end without this stream; `lapsed` is also one that somebody else ended without a delete. */
export type Lost = 'lapsed' | 'deleted' | 'cleared' | 'queue_deleted'

export type OnMessages = { queue: string; messages: { messageId: number; reservationId?: string | undefined }[] }

/** Which of them, by its place in the command, and why. */
export type Failed = { at: number; refusal: Refusal }

export type Touched = { messageId: number; reservationId: string; seconds: number }
