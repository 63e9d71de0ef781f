import type { FoundMessage, ReservedMessage } from '@weldmq/queue-core'
import { bytesToText } from '@weldmq/service-kit'
import { toWireId } from '@weldmq/v3-wire'

/** A message somebody only looks at: never with its reservation id (contract v3 M2, K4). */
export const showFound = ({ id, body, reservedCount }: FoundMessage) => ({
  id: toWireId(id),
  body: bytesToText(body),
  reserved_count: reservedCount,
})

/** A message in the hands of the one who reserved it (contract v3 R1). */
export const showReserved = (reserved: ReservedMessage) => ({
  id: toWireId(reserved.id),
  body: bytesToText(reserved.body),
  reserved_count: reserved.reservedCount,
  reservation_id: reserved.reservationId,
})
