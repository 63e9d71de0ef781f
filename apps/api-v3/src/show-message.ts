import { isUtf8 } from 'node:buffer'
import type { FoundMessage, ReservedMessage } from '@weldmq/queue-core'
import { bytesToText, textToBytes } from '@weldmq/service-kit'
import { toWireId } from '@weldmq/v3-wire'

/** A message somebody only looks at: never with its reservation id (contract v3 M2, K4). */
export const showFound = ({ id, body, reservedCount }: FoundMessage) => ({
  id: toWireId(id),
  ...showBody(body),
  reserved_count: reservedCount,
})

/** A message in the hands of the one who reserved it (contract v3 R1). */
export const showReserved = (reserved: ReservedMessage) => ({
  id: toWireId(reserved.id),
  ...showBody(reserved.body),
  reserved_count: reserved.reservedCount,
  reservation_id: reserved.reservationId,
})

/** Whatever was posted as text is text again; other bytes, which come by other doors, are base64 and say so. */
function showBody(bytes: Buffer): { body: string; body_encoding?: 'base64' } {
  if (isUtf8(bytes)) return { body: bytes.toString() }
  const text = bytesToText(bytes)
  if (textToBytes(text).equals(bytes)) return { body: text }
  return { body: bytes.toString('base64'), body_encoding: 'base64' }
}
