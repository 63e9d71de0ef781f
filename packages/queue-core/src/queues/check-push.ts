import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { checkQueueName, checkWhole, invalid } from './check.ts'
import type { NewSubscriber, PushSettings } from './push.ts'
import { subscriberUrlProblem } from './subscriber-url.ts'

type OnQueue = { project: string; queue: string }

/** The first setting that breaks a rule (contract v2 3.3). */
export function checkPush(on: OnQueue, settings: PushSettings): Refusal | undefined {
  const { retries, retriesDelaySeconds, errorQueue, rate, pauseAfter, subscribers } = settings
  return (
    checkWhole('retries', retries, limits.retries) ??
    checkWhole('retries_delay', retriesDelaySeconds, limits.retriesDelaySeconds) ??
    checkWhole('rate', rate, limits.pushRate) ??
    checkWhole('pause_after', pauseAfter, limits.pauseAfter) ??
    (errorQueue ? checkQueueName(errorQueue, 'error_queue') : undefined) ??
    (errorQueue === on.queue ? invalid('error_queue', 'must not be the queue itself') : undefined) ??
    checkSubscribers(on, subscribers ?? [])
  )
}

/** The first subscriber that breaks a rule, or that they are too many together. */
export function checkSubscribers(on: OnQueue, subscribers: NewSubscriber[]): Refusal | undefined {
  const names = new Set<string>()
  for (const [i, { name, url, headers, secret }] of subscribers.entries()) {
    const wrongName = name === undefined ? undefined : nameProblem(name, names)
    if (wrongName) return invalid(`subscribers[${i}].name`, wrongName)
    const wrongUrl = subscriberUrlProblem(url, on)
    if (wrongUrl) return invalid(`subscribers[${i}].url`, wrongUrl)
    const wrongHeaders = headers ? headersProblem(headers) : undefined
    if (wrongHeaders) return invalid(`subscribers[${i}].headers`, wrongHeaders)
    const wrongSecret = secret ? secretProblem(secret) : undefined
    if (wrongSecret) return invalid(`subscribers[${i}].secret`, wrongSecret)
  }
  return checkSubscribersSize(subscribers)
}

/** All of a queue's subscribers together have a limit. */
export const checkSubscribersSize = (subscribers: Pick<NewSubscriber, 'name' | 'url' | 'headers'>[]) =>
  Buffer.byteLength(JSON.stringify(subscribers.map(({ name, url, headers }) => ({ name, url, headers })))) >
  limits.subscribersBytes
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

function nameProblem(name: string, taken: Set<string>): string | undefined {
  if (
    name === '' ||
    Buffer.byteLength(name) > limits.queueNameBytes ||
    /[\p{Cc}]/u.test(name) ||
    !name.isWellFormed()
  ) {
    return `must be 1 to ${limits.queueNameBytes} bytes without control characters`
  }
  if (taken.has(name)) return 'must be unique'
  taken.add(name)
  return undefined
}

function secretProblem(secret: string): string | undefined {
  if (secret === 'generate') return undefined
  const { min, max } = limits.secretBytes
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
  const bytes = base64 === undefined ? 0 : Buffer.from(base64, 'base64').length
  return bytes >= min && bytes <= max
    ? undefined
    : `must be "generate", or whsec_ and ${min} to ${max} bytes in base64, or empty for none`
}

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
