import type { ReservedAnswer } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { HeldMessages } from './held-messages.ts'
import type { ReservedMessage } from './message.ts'
import { fromWireMessage } from './message-wire.ts'

type WireReserved = z.infer<typeof ReservedAnswer>['messages'][number]

/** A message just reserved, with the calls its holder may make. A touch changes its reservation id in place. */
export function reservedMessage(held: HeldMessages, wire: WireReserved): ReservedMessage {
  const { id } = wire
  let reservationId = wire.reservation_id
  return {
    ...fromWireMessage(wire),
    get reservationId() {
      return reservationId
    },
    delete: (options) => held.deleteMessage({ id, reservationId }, options),
    release: (options) => held.releaseMessage({ id, reservationId }, options),
    async touch(options) {
      reservationId = await held.touchMessage({ id, reservationId }, options)
    },
  }
}
