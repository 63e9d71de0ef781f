import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { checkQueueName, checkWhole, invalid } from './check.ts'
import type { NewSubscriber, PushSettings } from './push.ts'
import { subscriberUrlProblem } from './subscriber-url.ts'

type OnQueue = { project: string; queue: string }

/** The first setting that breaks a rule (contract v2 3.3). */
export function checkPush(on: OnQueue, settings: PushSettings): Refusal | undefined {
  const { retries, retriesDelaySeconds, errorQueue, subscribers } = settings
  return (
    checkWhole('retries', retries, limits.retries) ??
    checkWhole('retries_delay', retriesDelaySeconds, limits.retriesDelaySeconds) ??
    (errorQueue ? checkQueueName(errorQueue, 'error_queue') : undefined) ??
    (errorQueue === on.queue ? invalid('error_queue', 'must not be the queue itself') : undefined) ??
    checkSubscribers(on, subscribers ?? [])
  )
}

/** The first subscriber that breaks a rule, or that they are too many together. */
export function checkSubscribers(on: OnQueue, subscribers: NewSubscriber[]): Refusal | undefined {
  for (const [i, { url, headers }] of subscribers.entries()) {
    const wrongUrl = subscriberUrlProblem(url, on)
    if (wrongUrl) return invalid(`subscribers[${i}].url`, wrongUrl)
    const wrongHeaders = headers ? headersProblem(headers) : undefined
    if (wrongHeaders) return invalid(`subscribers[${i}].headers`, wrongHeaders)
  }
  return checkSubscribersSize(subscribers)
}

/** All of a queue's subscribers together have a limit. */
export const checkSubscribersSize = (subscribers: NewSubscriber[]): Refusal | undefined =>
  Buffer.byteLength(JSON.stringify(subscribers)) > limits.subscribersBytes
    ? invalid('subscribers', `must be at most ${limits.subscribersBytes} bytes as JSON`)
    : undefined

/** What every delivery says about itself; a subscriber may not claim otherwise (push.md 3.1). */
const ours = new Set([
  'iron-message-id',
  'iron-reservation-id',
  'iron-subscriber-name',
  'iron-subscriber-message-id',
  'iron-subscriber-message-url',
])

function headersProblem(headers: Record<string, string>): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return 'must have header names that HTTP allows'
    if (ours.has(name.toLowerCase())) return `must not set the header ${name}`
    if (/[\r\n\0]/.test(value) || !value.isWellFormed()) {
      return `must not have CR, LF or NUL in the value of the header ${name}`
    }
  }
  return undefined
}
