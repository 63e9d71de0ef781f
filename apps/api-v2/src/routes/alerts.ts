import type { NewAlert } from '@weldmq/queue-core'
import { AlertsBody } from '@weldmq/v3-wire'
import type { z } from 'zod'
import { DeleteAlertsBody } from '../bodies.ts'
import { named, route } from '../route.ts'

const path = '/queues/:queue/alerts'

/** Creates the queue as well (contract v2 A1, A8). */
export const addAlerts = route({
  method: 'POST',
  path,
  scope: 'manage',
  body: AlertsBody,
  creates: true,
  handle: async (call) =>
    call.reply(await call.core.addAlerts({ ...named(call), alerts: fromWire(call.body), create: true }), updated),
})

/** An empty list, or null, leaves none (contract v2 A2). */
export const replaceAlerts = route({
  method: 'PUT',
  path,
  scope: 'manage',
  body: AlertsBody,
  creates: true,
  handle: async (call) =>
    call.reply(await call.core.replaceAlerts({ ...named(call), alerts: fromWire(call.body), create: true }), updated),
})

/** Those named; all when the body names none (contract v2 A3, A4, A6, A7). */
export const removeAlerts = route({
  method: 'DELETE',
  path,
  scope: 'manage',
  body: DeleteAlertsBody,
  async handle(call) {
    const ids = call.body.alerts?.flatMap(({ id = [] }) => id)
    return call.reply(await call.core.removeAlerts({ ...named(call), ...(ids && { ids }) }), deleted)
  },
})

export const removeAlert = route({
  method: 'DELETE',
  path: `${path}/:alert`,
  scope: 'manage',
  handle: async (call) => call.reply(await call.core.removeAlert({ ...named(call), alertId: call.wireId }), deleted),
})

/** Texts that two old clients compare, and that are not those of v3 (contract v2 V-2). */
const updated = () => ({ msg: 'Updated' })
const deleted = () => ({ msg: 'Deleted' })

/** Alerts in the core's words; `""` is no direction. */
const fromWire = ({ alerts }: z.infer<typeof AlertsBody>): NewAlert[] =>
  alerts.map(({ type, direction, trigger, queue, snooze }) => ({
    type,
    trigger,
    queue,
    ...(direction && { direction }),
    ...(snooze !== undefined && { snoozeSeconds: snooze }),
  }))
