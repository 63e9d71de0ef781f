import { isUtf8 } from 'node:buffer'
import { bytesToText, textToBytes } from '@weldmq/service-kit'
import type { ClaimedDelivery } from '@weldmq/queue-core'

/** One post of a message to a queue on another server. */
export type PostElsewhere = { url: string; headers: Record<string, string>; body: Buffer }

const form = /^ironmq:\/\/([^:@/]+):([^@/]+)@([^/@]+)\/([^/?#]+)$/i

/** Whether a subscriber is a queue on another server: `ironmq://PROJECT:TOKEN@HOST[:PORT]/QUEUE`. */
export const isElsewhere = (url: string) => form.test(url)

/** Whether a subscriber is a queue of this installation, which the core itself posts to: `ironmq:` without a host. */
export const isHere = (url: string) => /^ironmq:\/\/(?:[^@/]*@)?\//i.test(url)

/**
 * The request for a subscriber elsewhere (contract push I5). It goes over TLS, except to port 80 and to the `host:port`
 * places where the operator lets tokens travel in the clear. Push headers travel along (I3).
 */
export function postElsewhere(delivery: ClaimedDelivery, plainPlaces: ReadonlySet<string>): PostElsewhere {
  const match = form.exec(delivery.subscriber.url) ?? []
  const [, project = '', token = '', place = '', queue = ''] = match
  const scheme = place.endsWith(':80') || plainPlaces.has(place.toLowerCase()) ? 'http' : 'https'
  const name = encodeURIComponent(unescaped(queue))
  return {
    url: `${scheme}://${place}/3/projects/${encodeURIComponent(unescaped(project))}/queues/${name}/messages`,
    headers: {
      Authorization: `OAuth ${unescaped(token).replace(/[^\x21-\x7e]/g, '')}`,
      'Content-Type': 'application/json',
      'User-Agent': 'IronMQ Pusherd',
    },
    body: Buffer.from(JSON.stringify({ messages: [{ ...asText(delivery.body), push_headers: delivery.pushHeaders }] })),
  }
}

/** As v3 shows a body: text as it was posted; other bytes, for which JSON has no form, as base64 that says so. */
function asText(bytes: Buffer): { body: string; body_encoding?: 'base64' } {
  if (isUtf8(bytes)) return { body: bytes.toString() }
  const text = bytesToText(bytes)
  if (textToBytes(text).equals(bytes)) return { body: text }
  return { body: bytes.toString('base64'), body_encoding: 'base64' }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
