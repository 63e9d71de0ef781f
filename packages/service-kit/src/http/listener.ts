import type { IncomingMessage, ServerResponse } from 'node:http'
import { type HttpBindings, getRequestListener } from '@hono/node-server'
import { partsOf } from './json.ts'

export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>
type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** Targets and hosts that need no URL parser to see that they are good; all others are for Hono's adapter to judge. */
const plainTarget = /^\/[!#$&-;=?-[\]_a-z~]*$/i
const plainHost = /^[a-z0-9._-]+(?::\d{4,5})?$/

/**
 * Answers Node's requests by `fetch`. A plain request whose answer comes from `json` after it was read, as nearly all
 * are, costs no web Request here and no taking apart of a Response. The rest goes the way of Hono's adapter: other
 * targets and what is wrong with them, HEAD, streams, and what is left of a body that nobody read.
 */
export function listenerOf(fetch: Fetch, onFault: (fault: unknown) => Response): Listener {
  const options = { hostname: 'localhost', errorHandler: onFault } // the name for HTTP/1.0 requests without a Host
  const adapter = getRequestListener((request, env) => fetch(request, env as HttpBindings), options)

  function write(incoming: IncomingMessage, outgoing: ServerResponse, response: Response) {
    const parts = incoming.complete ? partsOf(response) : undefined
    if (parts) outgoing.writeHead(parts.status, parts.headers).end(parts.text)
    else void getRequestListener(() => response, options)(incoming, outgoing)
  }

  return (incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    if (method === 'HEAD' || !plainTarget.test(url) || !plainHost.test(headers.host ?? '')) {
      void adapter(incoming, outgoing)
      return
    }
    const give = (response: Response) => write(incoming, outgoing, response)
    try {
      const response = fetch(requestFor(incoming), { incoming, outgoing })
      if (response instanceof Promise) response.then(give, (fault) => give(onFault(fault)))
      else give(response)
    } catch (fault) {
      give(onFault(fault))
    }
  }
}

/** As much of a Request as Hono routes by; handlers read `c.env.incoming`, which has all of it. */
const requestFor = ({ method, url }: IncomingMessage) => ({ method, url }) as Request
