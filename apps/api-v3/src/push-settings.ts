import type { NewSubscriber, Push, PushSettings } from '@weldmq/queue-core'
import type { PushBody, SubscribersBody } from '@weldmq/v3-wire'
import type { z } from 'zod'
import { wholeSeconds } from './whole-seconds.ts'

/** How a queue shall deliver, in the core's words: what the client left out is left out. */
export function pushSettings(type: PushSettings['type'], push: z.infer<typeof PushBody> = {}): PushSettings {
  const { retries, retries_delay, error_queue, rate, pause_after, subscribers } = push
  const settings: PushSettings = {}
  if (type !== undefined) settings.type = type
  if (retries !== undefined) settings.retries = retries
  if (retries_delay !== undefined) settings.retriesDelaySeconds = retries_delay
  if (error_queue !== undefined) settings.errorQueue = error_queue
  if (rate !== undefined) settings.rate = rate
  if (pause_after !== undefined) settings.pauseAfter = pause_after
  if (subscribers !== undefined) settings.subscribers = newSubscribers(subscribers)
  return settings
}

export const newSubscribers = (sent: z.infer<typeof SubscribersBody>['subscribers']): NewSubscriber[] =>
  sent.map(({ name, url, headers, secret }) => ({
    name,
    url,
    ...(headers && { headers }),
    ...(secret !== undefined && { secret }),
  }))

/**
 * `push` of a queue: four keys always, since one client needs them (clients.md 2.16), the others, which are ours, only
 * when they say something. Secrets are those that this request had drawn, by name.
 */
export const showPush = (push: Push, secrets: Record<string, string>) => ({
  retries: push.retries,
  retries_delay: push.retriesDelaySeconds,
  error_queue: push.errorQueue ?? '',
  ...(push.rate && { rate: push.rate }),
  ...(push.pauseAfter && { pause_after: push.pauseAfter }),
  subscribers: push.subscribers.map(({ name, url, headers, signed, failing }) => ({
    name,
    url,
    ...(headers && { headers }),
    ...(signed && { signed }),
    ...(Object.hasOwn(secrets, name) && { secret: secrets[name] }),
    ...(failing && { failing: showFailing(failing) }),
  })),
})

const showFailing = ({ failures, pausedUntil }: NonNullable<Push['subscribers'][number]['failing']>) => ({
  failures,
  ...(pausedUntil && { paused_until: wholeSeconds(pausedUntil) }),
})
