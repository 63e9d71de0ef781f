import type { CallOptions } from '../http/caller.ts'
import type { Message, NewMessage } from '../rest/message.ts'
import type { WeldmqError } from '../weldmq-error.ts'
import type { StreamMessage } from './stream-message.ts'

export type ConnectionState = 'open' | 'lost' | 'failed'

export type StreamOptions = {
  /**
   * What a handler threw, with its message, what could not be said about a message, and why a subscription ended. By
   * default the first two go to the console, and the last is an unhandled rejection unless `ended` is listened to.
   */
  onError?(error: unknown, message?: StreamMessage): void
  /** Each time a connection was welcomed, one has ended, or one could not be opened, with the reason. */
  onConnection?(state: ConnectionState, why?: WeldmqError): void
  /** A one-use ticket, or where to get one, instead of the token; asked before each connection. */
  ticket?: string | (() => string | Promise<string>)
  /** Puts the token into the address, where logs of others may keep it: for what lets through nothing else. */
  tokenInUrl?: boolean
}

export type MessagesOptions = {
  /** How many messages may be here and unfinished, 1 to 1000; 20 by default. */
  credit?: number
  /** Bytes of bodies that may be here and unfinished; 16 MiB by default. */
  creditBytes?: number
  /** Seconds of each reservation, 1 to 86400; the queue's `messageTimeout` by default. */
  timeout?: number
  /** For how many seconds a message is held by touching it, 0 for not at all; 3600 by default. Then it lapses. */
  keep?: number
}

export type SubscribeOptions = MessagesOptions & {
  /** How many handlers may run at once; `credit` by default. */
  concurrency?: number
  /**
   * Seconds before anybody gets a message again that the handler threw over. By default none after its first
   * reservation, then 1, 3, 7, and so on up to 60.
   */
  releaseDelay?: number | ((message: StreamMessage, error: unknown) => number)
}

/** Gets a message; when it returns or resolves, the message is deleted, and when it throws, released. */
export type Handler = (message: StreamMessage) => unknown

/** Sees a message, and how many went by before it that were not shown. */
export type TailHandler = (message: Message, skipped: number) => unknown

export type Subscription = {
  readonly queue: string
  /** No more messages; resolves when the handlers under way have ended. */
  close(): Promise<void>
  /** Resolves when it was closed, rejects when there will be no more messages: wrong token, no such queue. */
  readonly ended: Promise<void>
}

export type StreamPostOptions = CallOptions & {
  /**
   * Posts with one key and one content are stored once, so such a post is sent again when the connection broke before
   * it was answered. One without a key is then an error, since it may have been stored.
   */
  idempotencyKey?: string
}

/** One connection, kept up: opened by its first use, and again whenever it breaks, until it is closed. */
export type Stream = {
  subscribe(queue: string, handler: Handler): Subscription
  subscribe(queue: string, options: SubscribeOptions, handler: Handler): Subscription
  /**
   * Messages one by one; each is the caller's to delete or release. `credit` is how many may be here and unfinished.
   * Leaving the loop gives back those that were not handed out.
   */
  messages(queue: string, options?: MessagesOptions): AsyncIterableIterator<StreamMessage, undefined>
  /**
   * Shows messages of a queue as they arrive, without reserving them: some may be left out when there are many, and are
   * counted then. `credit` is how many handlers may run at once.
   */
  tail(queue: string, options: Pick<MessagesOptions, 'credit' | 'creditBytes'>, handler: TailHandler): Subscription
  /** Resolves with the message's id once it is stored. */
  post(queue: string, message: string | NewMessage, options?: StreamPostOptions): Promise<string>
  /** All are stored or none; the ids are in the order given. */
  post(queue: string, messages: readonly (string | NewMessage)[], options?: StreamPostOptions): Promise<string[]>
  /**
   * Takes no more messages, lets handlers end and posts be answered, but for at most so long (30 seconds by default),
   * and closes. What is unfinished then goes back at once. Not to be awaited by a handler, which it waits for.
   */
  close(options?: { withinSeconds?: number }): Promise<void>
}
