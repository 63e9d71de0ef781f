import type { Push, StoredPush } from './push.ts'

export type Health = { subscriber: number; failures: number; paused_until: Date | null }

/** How a queue delivers, as its owner may see it: without secrets and what only deliveries need. */
export function showPush(push: StoredPush, health: Health[]): Push {
  const { type, retries, retriesDelaySeconds, errorQueue, rate, pauseAfter } = push
  return {
    type,
    retries,
    retriesDelaySeconds,
    ...(errorQueue && { errorQueue }),
    ...(rate && { rate }),
    ...(pauseAfter && { pauseAfter }),
    subscribers: push.subscribers.map(({ id, name, url, headers, secrets }) => {
      const failing = health.find((one) => one.subscriber === id)
      return {
        name,
        url,
        ...(headers && { headers }),
        ...(secrets && { signed: true }),
        ...(failing && {
          failing: {
            failures: failing.failures,
            ...(failing.paused_until && { pausedUntil: failing.paused_until }),
          },
        }),
      }
    }),
  }
}
