import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type HttpEnv, type Witness, endpoint } from '@weldmq/service-kit'
import { Hono } from 'hono'

const file = new URL('../examples/live.html', import.meta.url)

/** `GET /stream/live`: the demonstration, a page of one file; to be mounted at `/` of an `httpApp`. */
export function livePage(witness: Witness): Hono<HttpEnv> {
  const page = endpoint(witness, 'GET /stream/live', async () => {
    const text = await readFile(file, 'utf8')
    const headers = {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policyFor(text),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer', // people type a token into it
    }
    return new Response(text, { headers })
  })
  return new Hono<HttpEnv>().get('/stream/live', page)
}

/** Nothing but the page itself, by what is in it; nowhere but back to us; and in nobody's frame. */
function policyFor(text: string): string {
  const sources = (tag: string) =>
    [...text.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(
      ([, inside]) => `'sha256-${createHash('sha256').update(inside!).digest('base64')}'`,
    )
  return [
    "default-src 'none'",
    `style-src ${sources('style').join(' ')}`,
    `script-src ${sources('script').join(' ')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
