import { createHash, createHmac } from 'node:crypto'
import { toWireId } from '@weldmq/v3-wire'
import type { ClaimedDelivery } from '@weldmq/queue-core'

/**
 * The three headers of Standard Webhooks (security row 6), one signature per secret of the subscriber so that receivers
 * can change over while two are valid; none without a secret. The id is the same on every attempt of a message for a
 * subscriber, so receivers can tell repeats by it.
 */
export function signatureHeaders(delivery: ClaimedDelivery, at: Date): Record<string, string> {
  const { subscriber, body } = delivery
  if (subscriber.secrets.length === 0) return {}
  const id = webhookId(delivery)
  const seconds = Math.floor(at.getTime() / 1000)
  const signatures = subscriber.secrets.map((secret) => {
    const mac = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    return `v1,${mac.update(`${id}.${seconds}.`).update(body).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signatures.join(' ') }
}

/** The name in it is hashed: it may hold a dot, which separates the parts of what is signed. */
function webhookId({ project, queue, messageId, subscriber }: ClaimedDelivery): string {
  const whose = createHash('sha256').update(`${project}/${queue}/${subscriber.name}`).digest('hex').slice(0, 16)
  return `msg_${toWireId(messageId)}_${whose}`
}
