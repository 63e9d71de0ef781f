import type { Transaction } from '../db/connect.ts'
import { limits } from '../limits.ts'
import { checkQueueName, checkWhole, invalid } from '../queues/check.ts'
import type { Refusal } from '../refusal.ts'
import { leadsTo, lockCircles } from './alert.sql.ts'
import type { NewAlert } from './alert.ts'

/** What is wrong with the alerts, whatever else there is (contract v2 6.1, K4, K7, K9). */
export function checkAlerts(queue: string, alerts: readonly NewAlert[]): Refusal | undefined {
  if (alerts.length > limits.alertsPerQueue) return tooMany
  for (const [i, alert] of alerts.entries()) {
    const field = (name: string) => `alerts[${i}].${name}`
    const wrong =
      checkWhole(field('trigger'), alert.trigger, limits.alertTrigger) ??
      checkWhole(field('snooze'), alert.snoozeSeconds, limits.alertSnoozeSeconds) ??
      checkQueueName(alert.queue, field('queue'))
    if (wrong) return wrong
    if (alert.type === 'progressive' && alert.queue === queue) {
      return invalid(field('queue'), 'must not be the queue itself in a progressive alert')
    }
  }
  return undefined
}

export const tooMany = invalid('alerts', `must not be more than ${limits.alertsPerQueue} on one queue`)

/**
 * Each progressive alert of a circle would set off the next one for ever (contract v2 K8). Called before anything is
 * changed; nobody else can close a circle in this project until the transaction ends.
 */
export async function checkCircles(
  tx: Transaction,
  { project, queue }: { project: string; queue: string },
  alerts: readonly NewAlert[],
): Promise<Refusal | undefined> {
  const targets = alerts.filter(({ type }) => type === 'progressive').map((alert) => alert.queue)
  if (targets.length === 0) return undefined
  await lockCircles(tx, project)
  const [row] = await leadsTo(tx, { project, queue, targets })
  return row!.circle ? invalid('alerts', 'must not form a circle of progressive alerts') : undefined
}
