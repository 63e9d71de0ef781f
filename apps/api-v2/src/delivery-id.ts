import { createHash } from 'node:crypto'

/** 19 digits for a message and one of its subscribers, the same whenever it is asked for (contract v2 M21). */
export function deliveryId(messageId: number, subscriber: string): string {
  const digest = createHash('sha256').update(`${messageId} ${subscriber}`).digest()
  return '1' + String(digest.readBigUInt64BE() % 10n ** 18n).padStart(18, '0')
}
