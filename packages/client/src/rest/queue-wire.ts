import type { PushStatusesAnswer, QueueAnswer, QueueBody, QueueWithSizeAnswer } from '@weldmq/v3-wire'
import type { z } from 'zod'
import type { DeliveryStatus, Push, PushSettings, QueueInfo, QueueInfoWithSize, QueueSettings } from './queue-info.ts'

type WireSettings = NonNullable<z.infer<typeof QueueBody>['queue']>
type WireQueue = z.infer<typeof QueueAnswer>['queue']
type WireQueueWithSize = z.infer<typeof QueueWithSizeAnswer>['queue']

export function toWireSettings(settings: QueueSettings): WireSettings {
  const { type, messageTimeout, messageExpiration, deadLetter, push, alerts } = settings
  return withoutUndefined({
    type,
    message_timeout: messageTimeout,
    message_expiration: messageExpiration,
    dead_letter:
      deadLetter &&
      withoutUndefined({ queue_name: deadLetter.queueName, max_reservations: deadLetter.maxReservations }),
    push: push && toWirePush(push),
    alerts,
  })
}

const toWirePush = ({ subscribers, retries, retriesDelay, errorQueue, rate, pauseAfter }: PushSettings) =>
  withoutUndefined({
    subscribers: subscribers && [...subscribers],
    retries,
    retries_delay: retriesDelay,
    error_queue: errorQueue,
    rate,
    pause_after: pauseAfter,
  })

export function fromWireQueue(queue: WireQueue): QueueInfo {
  const { push, dead_letter: deadLetter } = queue
  return {
    projectId: queue.project_id,
    name: queue.name,
    type: queue.type,
    messageTimeout: queue.message_timeout,
    messageExpiration: queue.message_expiration,
    ...(deadLetter && {
      deadLetter: { queueName: deadLetter.queue_name, maxReservations: deadLetter.max_reservations },
    }),
    ...(push && { push: fromWirePush(push) }),
    alerts: queue.alerts ?? [],
  }
}

const fromWirePush = (push: NonNullable<WireQueue['push']>): Push => ({
  subscribers: push.subscribers.map(({ failing, ...subscriber }) => ({
    ...subscriber,
    ...(failing && {
      failing: {
        failures: failing.failures,
        ...(failing.paused_until !== undefined && { pausedUntil: failing.paused_until }),
      },
    }),
  })),
  retries: push.retries,
  retriesDelay: push.retries_delay,
  errorQueue: push.error_queue,
  ...(push.rate !== undefined && { rate: push.rate }),
  ...(push.pause_after !== undefined && { pauseAfter: push.pause_after }),
})

export const fromWireQueueWithSize = (queue: WireQueueWithSize): QueueInfoWithSize => ({
  ...fromWireQueue(queue),
  size: queue.size,
  totalMessages: queue.total_messages,
})

type WireStatus = z.infer<typeof PushStatusesAnswer>['subscribers'][number]

export const fromWireStatus = (wire: WireStatus): DeliveryStatus => ({
  name: wire.name,
  url: wire.url,
  statusCode: wire.status_code,
  tries: wire.tries,
  retriesRemaining: wire.retries_remaining,
  ...(wire.last_try_at !== undefined && { lastTryAt: wire.last_try_at }),
  status: wire.status,
  ...(wire.msg !== undefined && { message: wire.msg }),
})

function withoutUndefined<T extends Record<string, unknown>>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
