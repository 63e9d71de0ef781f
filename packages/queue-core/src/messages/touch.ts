import { touchDelivery } from '../deliveries/acknowledge.ts'
import { isReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { checkWhole } from '../queues/check.ts'
import { type Result, ok } from '../refusal.ts'
import { lapsed, refuseCall } from './finding.ts'
import type { TouchMessage } from './message.ts'
import { type Parts, onQueue } from './on-queue.ts'

/** Trades a reservation that holds for a fresh one, which lasts from now on; the old one is void at once. */
export function touchMessage(parts: Parts, command: TouchMessage): Promise<Result<{ reservationId: string }>> {
  const { messageId, reservationId, timeoutSeconds = 0 } = command
  const wrong = checkWhole('timeout', command.timeoutSeconds, limits.messageTimeoutSeconds)
  return onQueue(parts, command, async (on) => {
    if (wrong || reservationId === undefined) return refuseCall(parts, on, messageId, wrong)
    if (isReservationId(reservationId)) {
      const held = { id: messageId, reservation: reservationId, timeoutSeconds, fresh: true }
      const touched = await parts.line.touch(on, held)
      if (touched) return ok({ reservationId: touched.reservation })
      const delivery = await touchDelivery(parts, on, { messageId, reservation: reservationId, timeoutSeconds })
      if (delivery !== undefined) return ok({ reservationId: delivery })
    }
    return lapsed(parts, on, messageId, reservationId)
  })
}
