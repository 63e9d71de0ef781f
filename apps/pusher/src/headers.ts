import { toWireId } from '@weldmq/v3-wire'
import type { ClaimedDelivery } from '@weldmq/queue-core'
import { signatureHeaders } from './signature.ts'

/** What HTTP itself needs to say about the request; nobody else gets to say it. */
const framing = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Headers in which ours, and where not ours, later ones win over earlier ones of the same name in any case. */
function collect() {
  const found = new Map<string, [name: string, value: string]>()
  return {
    add(headers: Record<string, string>, except: ReadonlySet<string>) {
      for (const [name, value] of Object.entries(headers)) {
        const key = name.toLowerCase()
        if (!except.has(key)) found.set(key, [name, sendable(value)])
      }
    },
    all: () => Object.fromEntries(found.values()),
  }
}

const nothing: ReadonlySet<string> = new Set()
const notForSubscribers = new Set(framing)
const notForMessages = new Set([...framing, 'content-type', 'user-agent'])

/**
 * The headers of one attempt (contract push 3.1): those of the subscriber, over them those of the message, over both what
 * we say about the delivery. `at` is the time that the signature names.
 */
export function requestHeaders(delivery: ClaimedDelivery, publicUrl: string, at = new Date()): Record<string, string> {
  const { subscriber, pushHeaders } = delivery
  const headers = collect()
  headers.add({ 'User-Agent': 'IronMQ Pusherd', 'Content-Type': 'text/plain; encoding=utf-8' }, nothing)
  headers.add(subscriber.headers, notForSubscribers)
  headers.add(pushHeaders, notForMessages)
  headers.add(
    {
      'Iron-Message-Id': toWireId(delivery.messageId),
      'Iron-Reservation-Id': delivery.reservationId,
      'Iron-Subscriber-Name': subscriber.name,
      'Iron-Subscriber-Message-Id': delivery.deliveryId,
      'Iron-Subscriber-Message-Url': acknowledgeUrl(delivery, publicUrl),
      ...signatureHeaders(delivery, at),
    },
    nothing,
  )
  return headers.all()
}

/** Where a 202 is acknowledged (contract push 3.2): without a token, and with the queue as the sixth piece of the path. */
function acknowledgeUrl(delivery: ClaimedDelivery, publicUrl: string): string {
  const { project, queue, messageId, deliveryId, door } = delivery
  const message = `projects/${project}/queues/${encodeURIComponent(queue)}/messages/${toWireId(messageId)}`
  return door === 'v3' ? `${publicUrl}/3/${message}` : `${publicUrl}/1/${message}/subscribers/${deliveryId}`
}

/** A value as HTTP takes it: text beyond ASCII as its UTF-8 bytes, which are written one per character. */
const sendable = (value: string) =>
  Buffer.from(value)
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ')
