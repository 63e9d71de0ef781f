import { type Caller, openCaller } from './http/caller.ts'
import { type Ticket, type TicketOptions, createTicket } from './rest/create-ticket.ts'
import { type ListQueuesOptions, listQueues } from './rest/list-queues.ts'
import { type Queue, openQueue } from './rest/queue.ts'
import { openStream } from './stream/open-stream.ts'
import type { OpenSocket } from './stream/socket.ts'
import type { Stream, StreamOptions } from './stream/stream.ts'
import { WeldmqError } from './weldmq-error.ts'

export type ConnectOptions = {
  /** Where the gateway is: `https://queue.example.org`, `http://127.0.0.1:8080`. */
  url: string
  /** 24 hex characters. */
  projectId: string
  /** A token of that project, or where to get one; asked before every request and every connection. */
  token: string | (() => string | Promise<string>)
  /** How long a call may go without an answer, `wait` aside; 30 seconds by default. */
  timeoutMilliseconds?: number
  /** How often a call is repeated where that is safe; 4 by default, 0 for never. */
  retries?: number
  /** Used instead of the global one. */
  fetch?: typeof fetch
}

/** One project on one gateway. Nothing is open until it is used, so there is nothing to close but streams. */
export type Weldmq = {
  queue(name: string): Queue
  listQueues(options?: ListQueuesOptions): Promise<string[]>
  /** For a web page that is to open a stream and not to know the token. */
  createTicket(queue: string, options?: TicketOptions): Promise<Ticket>
  /** A live connection, opened when it is first used. */
  stream(options?: StreamOptions): Stream
}

const httpBackOff = { baseMilliseconds: 100, capMilliseconds: 5000 }

/** For one kind of WebSocket. */
export const connectWith =
  (openSocket: OpenSocket) =>
  (options: ConnectOptions): Weldmq => {
    const { url, projectId, token, timeoutMilliseconds = 30_000, retries = 4 } = options
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
      throw new WeldmqError('url must begin with http:// or https://', { code: 'invalid', nothingDone: true })
    }
    const tokenNow = typeof token === 'string' ? () => token : token
    const call: Caller = openCaller({
      url,
      projectId,
      token: tokenNow,
      fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)), // as a method of ours, browsers refuse it
      timeoutMilliseconds,
      retries,
      backOff: httpBackOff,
    })
    return {
      queue: (name) => openQueue(call, name),
      listQueues: (asked = {}) => listQueues(call, asked),
      createTicket: (queue, asked = {}) => createTicket(call, queue, asked),
      stream: (asked = {}) =>
        openStream({ url, projectId, token: tokenNow, renewsToken: typeof token !== 'string', openSocket }, asked),
    }
  }
