import type { IncomingMessage } from 'node:http'
import { HttpRefusal } from '@weldmq/service-kit'
import { limits } from '@weldmq/v3-wire'

const { idempotencyKeyBytes } = limits

/** The `Idempotency-Key` of a post: printable ASCII without spaces, at most 255 bytes; 400 for anything else (promise I6). */
export function idempotencyKeyOf(incoming: IncomingMessage): string | undefined {
  const key = incoming.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && key.length <= idempotencyKeyBytes && /^[\x21-\x7e]+$/.test(key)) return key
  throw new HttpRefusal(
    400,
    `Idempotency-Key must be 1 to ${idempotencyKeyBytes} printable ASCII characters without spaces`,
  )
}
