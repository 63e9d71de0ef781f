import type { Core } from '@weldmq/queue-core'
import { type HttpEnv, type Listen, type Witness, HttpRefusal, endpoint, tokenOf } from '@weldmq/service-kit'
import { Hono } from 'hono'
import { queueDepths } from './core-metrics.ts'

/**
 * `/metrics` in the Prometheus text format. An admin token sees everything; on loopback the rest of this machine may
 * also look without a token, at what names no project and no queue (promise I31). Elsewhere that is a 401.
 */
export function metricsPage(core: Core, witness: Witness, { loopback }: Listen): Hono<HttpEnv> {
  const depths = queueDepths(core)

  const page = endpoint(witness, '/metrics', async (c) => {
    const token = tokenOf(c.env.incoming)
    const access = token === undefined ? undefined : await core.authenticate(token)
    if (access === undefined && (token !== undefined || !loopback))
      throw new HttpRefusal(401, 'An admin token is needed')
    if (access && !access.admin) throw new HttpRefusal(403, 'An admin token is needed')

    const { contentType, text } = await witness.metrics.page()
    const whole = access ? text + (await depths()) : withoutProjects(text)
    const headers = {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'Content-Length': String(Buffer.byteLength(whole)),
    }
    return new Response(whole, { headers })
  })
  return new Hono<HttpEnv>().get('/metrics', page)
}

/** The same page without the lines that name a project. */
const withoutProjects = (text: string) => text.replaceAll(/^\w+\{[^\n]*\bproject="[^\n]*\n/gm, '')
