import { isReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { checkWhole } from '../queues/check.ts'
import { type Result, ok } from '../refusal.ts'
import { lapsed, refuseCall } from './finding.ts'
import type { ReleaseMessage } from './message.ts'
import { type Parts, onQueue } from './on-queue.ts'

/** Ends a reservation early: the message is ready again in its old place, at once or after the delay. */
export function releaseMessage(parts: Parts, command: ReleaseMessage): Promise<Result<void>> {
  const { messageId, reservationId, delaySeconds = 0 } = command
  const wrong = checkWhole('delay', delaySeconds, limits.delaySeconds)
  return onQueue(parts, command, async (on) => {
    if (wrong || reservationId === undefined) return refuseCall(parts, on, messageId, wrong)
    if (isReservationId(reservationId)) {
      if (await parts.line.giveBack(on, { id: messageId, reservation: reservationId, delaySeconds, as: 'release' })) {
        if (delaySeconds === 0) parts.signals.ready(on.queueId, 1)
        return ok(undefined)
      }
    }
    return lapsed(parts, on, messageId, reservationId)
  })
}
