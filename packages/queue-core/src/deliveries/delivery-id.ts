import { createHmac } from 'node:crypto'

/**
 * 19 digits for a message and one of its subscribers, the same whenever it is asked for; nobody who does not know the
 * queue's key can guess it (contract v2 M21, push.md P-4).
 */
export function deliveryId(key: string, messageId: number, subscriber: number): string {
  const digest = createHmac('sha256', key).update(`${messageId} ${subscriber}`).digest()
  return '1' + String(digest.readBigUInt64BE() % 10n ** 18n).padStart(18, '0')
}
