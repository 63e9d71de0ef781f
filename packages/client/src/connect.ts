import { type Caller, openCaller } from './http/caller.ts'
import { type ListQueuesOptions, listQueues } from './rest/list-queues.ts'
import { type Queue, openQueue } from './rest/queue.ts'

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

/** One project on one gateway. Nothing is open until it is used, so there is nothing to close. */
export type Weldmq = {
  queue(name: string): Queue
  listQueues(options?: ListQueuesOptions): Promise<string[]>
}

const httpBackOff = { baseMilliseconds: 100, capMilliseconds: 5000 }

export function connect(options: ConnectOptions): Weldmq {
  const { url, projectId, token, timeoutMilliseconds = 30_000, retries = 4 } = options
  const call: Caller = openCaller({
    url,
    projectId,
    token: typeof token === 'string' ? () => token : token,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)), // as a method of ours, browsers refuse it
    timeoutMilliseconds,
    retries,
    backOff: httpBackOff,
  })
  return {
    queue: (name) => openQueue(call, name),
    listQueues: (asked = {}) => listQueues(call, asked),
  }
}
