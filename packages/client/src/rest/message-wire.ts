import type { MessageAnswer, PostBody } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { Message, MessageRef, NewMessage } from './message.ts'

type WireMessage = z.infer<typeof MessageAnswer>['message']
type WireNewMessage = z.infer<typeof PostBody>['messages'][number]

/** One message to post, in the words of v3; a bare text is its body. */
export function toWireMessage(message: string | NewMessage): WireNewMessage {
  if (typeof message === 'string') return { body: message }
  const { body, bodyEncoding, delay, priority, pushHeaders } = message
  return {
    body,
    ...(bodyEncoding !== undefined && { body_encoding: bodyEncoding }),
    ...(delay !== undefined && { delay }),
    ...(priority !== undefined && { priority }),
    ...(pushHeaders !== undefined && { push_headers: pushHeaders }),
  }
}

export const fromWireMessage = ({ id, body, body_encoding, reserved_count }: WireMessage): Message => ({
  id,
  body,
  ...(body_encoding !== undefined && { bodyEncoding: body_encoding }),
  reservedCount: reserved_count,
})

export const toWireRef = ({ id, reservationId, subscriberName }: MessageRef) => ({
  id,
  ...(reservationId !== undefined && { reservation_id: reservationId }),
  ...(subscriberName !== undefined && { subscriber_name: subscriberName }),
})
