import type { Alert, NewAlert } from '@weldmq/queue-core'
import { type AlertList, AlertsBody, DeleteAlertsBody, Msg } from '@weldmq/v3-wire'
import type { z } from 'zod'
import { named, route } from '../route.ts'

const path = '/queues/:queue/alerts'

export const addAlerts = route({
  method: 'POST',
  path,
  summary: 'Add alerts',
  scope: 'manage',
  body: AlertsBody,
  answers: { 200: Msg },
  async handle(call) {
    const added = await call.core.addAlerts({ ...named(call), alerts: fromWire(call.body.alerts) })
    return call.reply(added, () => ({ msg: 'Alerts were added.' }))
  },
})

export const replaceAlerts = route({
  method: 'PUT',
  path,
  summary: 'Replace the alerts',
  scope: 'manage',
  body: AlertsBody,
  answers: { 200: Msg },
  async handle(call) {
    const replaced = await call.core.replaceAlerts({ ...named(call), alerts: fromWire(call.body.alerts) })
    return call.reply(replaced, () => ({ msg: 'Alerts were replaced.' }))
  },
})

/** Those named, or all when the body names none. */
export const deleteAlerts = route({
  method: 'DELETE',
  path,
  summary: 'Delete alerts',
  scope: 'manage',
  body: DeleteAlertsBody,
  answers: { 200: Msg },
  async handle(call) {
    const ids = call.body.alerts?.flatMap(({ id }) => id ?? [])
    const removed = await call.core.removeAlerts({ ...named(call), ...(ids && { ids }) })
    return call.reply(removed, deleted)
  },
})

export const deleteAlert = route({
  method: 'DELETE',
  path: `${path}/:alert`,
  summary: 'Delete one alert',
  scope: 'manage',
  answers: { 200: Msg },
  async handle(call) {
    return call.reply(await call.core.removeAlert({ ...named(call), alertId: call.wireId }), deleted)
  },
})

const deleted = () => ({ msg: 'Alerts were deleted.' })

/** Alerts in the core's words; `""` is no direction (contract v3 A7). */
export const fromWire = (alerts: z.infer<typeof AlertList>): NewAlert[] =>
  alerts.map(({ type, direction, trigger, queue, snooze }) => ({
    type,
    trigger,
    queue,
    ...(direction && { direction }),
    ...(snooze !== undefined && { snoozeSeconds: snooze }),
  }))

/** The fields of contract v3 A8. */
export const showAlert = ({ id, type, trigger, direction, queue, snoozeSeconds }: Alert) => ({
  id,
  type,
  trigger,
  direction,
  queue,
  snooze: snoozeSeconds,
})
