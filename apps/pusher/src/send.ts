import { type Connection, openConnections } from './connections.ts'
import type { Attempt } from '@weldmq/queue-core'
import { exchange } from './exchange.ts'
import type { Guard } from './guard.ts'
import { outcomes } from './outcome.ts'
import { readTarget, speaksAnother } from './target.ts'

/** One request of one attempt. */
export type SendRequest = {
  url: string
  headers: Record<string, string>
  body: Buffer
  /** For all of it: the name, the connection, the request and the answer. */
  timeoutMilliseconds: number
}

export type Sender = {
  /** Makes one POST and says how it ended; never rejects. */
  send(request: SendRequest): Promise<Attempt>
  /** Cuts off what is under way, each with an outcome that says so, and ends all connections. */
  stop(): Promise<void>
}

export type SenderOptions = {
  guard: Guard
  /** Where programs of this installation read lines: no HTTP is spoken to them, on whatever host. */
  linePorts?: readonly number[]
  /** Certificates to trust, in place of those that Node brings. */
  ca?: string
}

/**
 * Sends over connections to checked addresses only. Redirects are not followed: they are an answer like any other
 * (contract push, section 3). A connection that was kept and turns out to be closed, before any of the answer came, is no
 * fault of the subscriber: the request goes out once more, on a new one, within the same attempt.
 */
export function openSender({ guard, linePorts = [], ca }: SenderOptions): Sender {
  const connections = openConnections({ ca })
  const underWay = new Set<AbortController>()
  let stopped = false

  async function attempt(request: SendRequest, ending: AbortSignal): Promise<Attempt> {
    const target = readTarget(request.url)
    if (!target) return outcomes.badAddress
    const addresses = await unlessCut(guard(target.url.hostname), ending)
    if (ending.aborted) return ending.reason as Attempt
    if (!addresses) return outcomes.refused
    if (speaksAnother(target, linePorts)) return outcomes.badPort

    const { path, authorization } = target
    const { body } = request
    const headers = authorization === undefined ? request.headers : withDefault(request.headers, authorization)
    const send = (connection: Connection) => exchange(connection, { path, headers, body }, ending)
    const result = await send(connections.take(target.origin, addresses))
    if (result !== 'closed') return result
    const again = await send(connections.open(target.origin, addresses))
    return again === 'closed' ? outcomes.closed : again
  }

  return {
    async send(request) {
      const ending = new AbortController()
      const timer = setTimeout(() => ending.abort(outcomes.timedOut), request.timeoutMilliseconds)
      underWay.add(ending)
      if (stopped) ending.abort(outcomes.stopped)
      try {
        return await attempt(request, ending.signal)
      } finally {
        clearTimeout(timer)
        underWay.delete(ending)
      }
    },
    async stop() {
      stopped = true
      for (const ending of underWay) ending.abort(outcomes.stopped)
      await connections.stop()
    },
  }
}

/** A header that the subscriber set itself wins over the user and password in its address. */
const withDefault = (headers: Record<string, string>, authorization: string) =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
    ? headers
    : { ...headers, Authorization: authorization }

/** What the guard says, or undefined as soon as nobody waits for it any more. */
function unlessCut<T>(answer: Promise<T>, ending: AbortSignal): Promise<T | undefined> {
  return new Promise((settle, fail) => {
    const cut = () => settle(undefined)
    if (ending.aborted) return cut()
    ending.addEventListener('abort', cut, { once: true })
    answer.then(settle, fail).finally(() => ending.removeEventListener('abort', cut))
  })
}
