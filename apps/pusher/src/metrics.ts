import type { Metrics } from '@weldmq/service-kit'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Attempt, ClaimedDelivery } from '@weldmq/queue-core'
import type { Slots } from './slots.ts'

/** Subscribers counted by name; what more there are share one line. */
const MOST_SUBSCRIBERS = 1000

/**
 * Counts attempts per subscriber. The lines name projects and queues, so the metrics page shows them to admins only; it
 * knows them by their label `project`.
 */
export function countAttempts({ registry }: Pick<Metrics, 'registry'>, slots: Slots) {
  const attempts = new Counter({
    name: 'weldmq_push_attempts_total',
    help: `Delivery attempts; by name for the first ${MOST_SUBSCRIBERS} subscribers of this process`,
    labelNames: ['project', 'queue', 'subscriber', 'outcome'] as const,
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'weldmq_push_attempt_seconds',
    help: 'Time of one delivery attempt, from its start to the end of the answer',
    labelNames: ['outcome'] as const,
    buckets: [0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 10, 60],
    registers: [registry],
  })
  const underWay: Gauge = new Gauge({
    name: 'weldmq_push_attempts_under_way',
    help: 'Delivery attempts under way',
    registers: [registry],
    collect: () => underWay.set(slots.underWay()),
  })
  const known = new Set<string>()

  return ({ project, queue, subscriber }: ClaimedDelivery, { statusCode }: Attempt, took: number): void => {
    const outcome = outcomeOf(statusCode)
    const key = JSON.stringify([project, queue, subscriber.name])
    if (known.size < MOST_SUBSCRIBERS) known.add(key)
    attempts.inc(
      known.has(key)
        ? { project, queue, subscriber: subscriber.name, outcome }
        : { project: '', queue: '', subscriber: '', outcome },
    )
    seconds.observe({ outcome }, took)
  }
}

function outcomeOf(statusCode: number): string {
  if (statusCode === 0) return 'no_answer'
  if (statusCode === 202) return 'accepted'
  return statusCode >= 200 && statusCode < 300 ? 'delivered' : 'failed'
}
