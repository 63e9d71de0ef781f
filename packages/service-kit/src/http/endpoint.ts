import { randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Unavailable } from '@weldmq/queue-core'
import type { Context } from 'hono'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { HttpRefusal } from './http-refusal.ts'
import { message } from './json.ts'
import { withoutToken } from './target.ts'

/** What a handler finds in `c.env`: Node's own request and response, without a web stream between. */
export type HttpEnv = { Bindings: HttpBindings }
export type Witness = { log: Log; metrics: Metrics }

/**
 * One handler with everything around it: faults answered, the request counted under its route's pattern, a line in the
 * log at debug. It is one function instead of middleware because each layer of that awaits once more.
 */
export function endpoint<C extends Context<HttpEnv>>(
  { log, metrics }: Witness,
  route: string,
  handler: (c: C) => Promise<Response> | Response,
): (c: C) => Promise<Response> {
  return async (c) => {
    const start = performance.now()
    let response: Response
    try {
      response = await handler(c)
    } catch (fault) {
      response = answerFault(fault, log)
    }
    const milliseconds = performance.now() - start
    metrics.countRequest(route, response.status, milliseconds / 1000)
    if (log.isLevelEnabled('debug')) {
      const { method, url } = c.env.incoming
      log.debug({ method, url: withoutToken(url ?? ''), status: response.status, milliseconds }, 'request')
    }
    return response
  }
}

/**
 * The one place where something thrown becomes an answer: a client's mistake as it says, 503 only when nothing was
 * stored (promise I7), else 500 with nothing but a sentence; its incident id is in the log beside the fault.
 */
export function answerFault(fault: unknown, log: Log): Response {
  if (fault instanceof HttpRefusal) return message(fault.status, fault.message, fault.headers)
  if (fault instanceof Unavailable) {
    log.warn({ err: fault }, 'unavailable')
    return message(503, 'Temporarily unavailable, nothing was stored')
  }
  const incident = randomBytes(8).toString('hex')
  log.error({ err: fault, incident }, 'internal error')
  return message(500, 'Internal error', { 'X-Incident-Id': incident })
}
