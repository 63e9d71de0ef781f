import type { z } from 'zod'
import type { DeleteBody, DeleteManyBody, PostBody, ReserveBody } from './bodies.ts'
import { limits } from './limits.ts'

type Sent = Record<string, unknown>

/**
 * Each says yes only to a body that its schema would hand back as it is: known keys in their own spelling, values of the
 * right type within their limits. Nearly all bodies are like that, and need no copy; every other one is for the schema,
 * which knows the other spellings and what to say.
 */
export const isPlainPost = (sent: Sent): sent is z.output<typeof PostBody> => {
  const { messages } = sent
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > limits.messagesPerPost) return false
  return hasOnly(sent, 'messages') && messages.every(isPlainMessage)
}

export const isPlainReserve = (sent: Sent): sent is z.output<typeof ReserveBody> => {
  for (const key in sent) {
    const value = sent[key]
    const range = reserveRanges[key as keyof typeof reserveRanges]
    if (range === undefined ? key !== 'delete' || typeof value !== 'boolean' : !isWithin(value, range)) return false
  }
  return true
}

export const isPlainDelete = (sent: Sent): sent is z.output<typeof DeleteBody> => {
  for (const key in sent) if (!isReservationKey(key) || typeof sent[key] !== 'string') return false
  return true
}

export const isPlainDeleteMany = (sent: Sent): sent is z.output<typeof DeleteManyBody> => {
  const { ids } = sent
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > limits.count.max) return false
  return hasOnly(sent, 'ids') && ids.every(isPlainId)
}

function isPlainMessage(message: unknown): boolean {
  if (!isObject(message) || typeof message['body'] !== 'string') return false
  for (const key in message) {
    if (key === 'body') continue
    const range = messageRanges[key as keyof typeof messageRanges]
    if (range === undefined || !isWithin(message[key], range)) return false
  }
  return true
}

function isPlainId(element: unknown): boolean {
  if (!isObject(element) || typeof element['id'] !== 'string') return false
  for (const key in element) {
    if (key !== 'id' && (!isReservationKey(key) || typeof element[key] !== 'string')) return false
  }
  return true
}

const isReservationKey = (key: string) => key === 'reservation_id' || key === 'subscriber_name'

type Range = { min: number; max: number }

/** Without a prototype, so that no key of a body means anything that is not here. */
const messageRanges: Record<string, Range> = Object.assign(Object.create(null), {
  delay: limits.delaySeconds,
  priority: limits.priority,
})
const reserveRanges: Record<string, Range> = Object.assign(Object.create(null), {
  n: { min: 0, max: limits.count.max },
  timeout: { min: 0, max: limits.messageTimeoutSeconds.max },
  wait: { min: 0, max: Number.MAX_SAFE_INTEGER },
})

const isObject = (value: unknown): value is Sent => typeof value === 'object' && value !== null && !Array.isArray(value)

const isWithin = (value: unknown, { min, max }: Range): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max

function hasOnly(sent: Sent, only: string): boolean {
  for (const key in sent) if (key !== only) return false
  return true
}
