import type { TouchedAnswer } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { CallOptions, Caller } from '../http/caller.ts'
import type { MessageRef } from './message.ts'
import { toWireRef } from './message-wire.ts'

/** What the holder of a message can do, knowing its id and that of the reservation: maybe in another process. */
export type HeldMessages = {
  /** A reserved message needs its reservation id; 403 when that has ended. */
  deleteMessage(message: MessageRef, options?: CallOptions): Promise<void>
  /** Up to 100; all are deleted or none. */
  deleteMessages(messages: readonly MessageRef[], options?: CallOptions): Promise<void>
  /** See `ReservedMessage.release`. */
  releaseMessage(message: MessageRef, options?: CallOptions & { delay?: number }): Promise<void>
  /** See `ReservedMessage.touch`; resolves with the new reservation id, which voids the old one. */
  touchMessage(message: MessageRef, options?: CallOptions & { timeout?: number }): Promise<string>
}

/** None is repeated when its outcome is unknown: having worked the first time, it would answer 403 or 404 the second. */
export function openHeldMessages(call: Caller, queuePath: string): HeldMessages {
  const path = `${queuePath}/messages`
  const pathOf = ({ id }: MessageRef) => `${path}/${encodeURIComponent(id)}`
  return {
    async deleteMessage(message, { signal } = {}) {
      const { id: _, ...body } = toWireRef(message)
      await call({ method: 'DELETE', path: pathOf(message), body, repeatable: false, signal })
    },
    async deleteMessages(messages, { signal } = {}) {
      await call({ method: 'DELETE', path, body: { ids: messages.map(toWireRef) }, repeatable: false, signal })
    },
    async releaseMessage(message, { delay, signal } = {}) {
      const body = { reservation_id: message.reservationId, delay }
      await call({ method: 'POST', path: `${pathOf(message)}/release`, body, repeatable: false, signal })
    },
    async touchMessage(message, { timeout, signal } = {}) {
      const body = { reservation_id: message.reservationId, timeout }
      const answer = await call({ method: 'POST', path: `${pathOf(message)}/touch`, body, repeatable: false, signal })
      return (answer as z.infer<typeof TouchedAnswer>).reservation_id
    },
  }
}
