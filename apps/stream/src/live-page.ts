import { readFile } from 'node:fs/promises'
import { type HttpEnv, type Witness, endpoint } from '@weldmq/service-kit'
import { Hono } from 'hono'

const file = new URL('../examples/live.html', import.meta.url)

/** Nothing but the page itself, and nowhere but back to us. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"

/** `GET /stream/live`: the demonstration, a page of one file; to be mounted at `/` of an `httpApp`. */
export function livePage(witness: Witness): Hono<HttpEnv> {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
  }
  const page = endpoint(witness, 'GET /stream/live', async () => new Response(await readFile(file), { headers }))
  return new Hono<HttpEnv>().get('/stream/live', page)
}
