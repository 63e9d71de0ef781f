import { Hono } from 'hono'
import { type HttpEnv, type Witness, answerFault, endpoint } from './endpoint.ts'
import { message } from './json.ts'
import { pathOf } from './target.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * An empty application that routes on the path as it was sent, says 404 `Not found` for unknown paths and 405 with
 * `Allow` where only the method is wrong (contract v3 1.2). Mount an app's routes with `.route('/', …)`.
 */
export function httpApp(witness: Witness): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>({
    getPath: (_request, options) => pathOf((options!.env as HttpEnv['Bindings']).incoming),
  })
  const lost = endpoint(witness, 'none', (c) => {
    const allowed = methods.filter((method) => app.router.match(method, c.req.path)[0].length > 0)
    return allowed.length === 0
      ? message(404, 'Not found')
      : message(405, 'Method not allowed', { Allow: allowed.join(', ') })
  })
  app.notFound((c) => lost(c))
  app.onError((fault) => answerFault(fault, witness.log))
  return app
}
