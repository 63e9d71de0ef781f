import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import type { QueueSettings } from './queue.ts'

type Invalid = Extract<Refusal, { kind: 'invalid' }>

export const invalid = (field: string, rule: string): Invalid => ({ kind: 'invalid', field, rule })

/** Undefined when the value is a whole number within the bounds, or not given. */
export function checkWhole(field: string, value: number | undefined, bounds: { min: number; max: number }) {
  if (value === undefined || (Number.isInteger(value) && value >= bounds.min && value <= bounds.max)) return undefined
  return invalid(field, `must be a whole number between ${bounds.min} and ${bounds.max}`)
}

/** Any text without a slash or NUL, 1 to 255 bytes of UTF-8 (contract v3, section 1.1). */
export function checkQueueName(name: string, field = 'queue'): Invalid | undefined {
  const bytes = Buffer.byteLength(name)
  if (bytes < 1 || bytes > limits.queueNameBytes) {
    return invalid(field, `must be between 1 and ${limits.queueNameBytes} bytes long`)
  }
  if (name.includes('/') || name.includes('\0')) return invalid(field, 'must not contain a slash or NUL')
  return name.isWellFormed() ? undefined : invalid(field, 'must be well-formed Unicode')
}

export function checkSettings(queue: string, settings: QueueSettings): Invalid | undefined {
  const { messageTimeoutSeconds, messageExpirationSeconds, deadLetter } = settings
  const dead = deadLetter?.queueName
  return (
    checkWhole('message_timeout', messageTimeoutSeconds, limits.messageTimeoutSeconds) ??
    checkWhole('message_expiration', messageExpirationSeconds, limits.messageExpirationSeconds) ??
    checkWhole('dead_letter.max_reservations', deadLetter?.maxReservations, limits.deadLetterMaxReservations) ??
    (dead ? checkQueueName(dead, 'dead_letter.queue_name') : undefined) ??
    (dead === queue ? invalid('dead_letter.queue_name', 'must not be the queue itself') : undefined)
  )
}
