import { z } from 'zod'
import { integer } from './integer.ts'
import { limits } from './limits.ts'
import { wireObject, wrong } from './wire-object.ts'

const anObject = wrong('must be an object')

/** One alert as a client sends it; an empty direction is none, and `id` is the server's (contract v3 A7). */
const NewAlert = wireObject({
  type: z.enum(['fixed', 'progressive'], wrong('must be one of fixed, progressive')),
  direction: z.enum(['', 'asc', 'desc'], 'must be one of asc, desc').optional(),
  trigger: integer(limits.alertTrigger),
  queue: z.string(wrong('must be a string')).min(1, 'must not be empty'),
  snooze: integer(limits.alertSnoozeSeconds).optional(),
})

/** All alerts of a queue. */
export const AlertList = z
  .array(NewAlert, wrong('must be an array'))
  .max(limits.alertsPerQueue, `must have at most ${limits.alertsPerQueue} elements`)

/** `POST` and `PUT …/alerts`: `alerts` stands alone or in `queue`, null for none (contract v3 A6, H13a; v2 A2). */
export const AlertsBody = z.preprocess((value) => withAlerts(value, []), z.object({ alerts: AlertList }, anObject))

/** `DELETE …/alerts`: objects or bare ids; without `alerts` all are meant, an element without an id is passed over (v2 A4, A7). */
export const DeleteAlertsBody = z.preprocess(
  (value) => withAlerts(value, undefined),
  z.object(
    {
      alerts: z
        .array(
          z.preprocess(
            (value) => (typeof value === 'string' ? { id: value } : value),
            wireObject({ id: z.string('must be a string').optional() }),
          ),
          'must be an array',
        )
        .max(limits.count.max, `must have at most ${limits.count.max} elements`)
        .optional(),
    },
    anObject,
  ),
)

/** The list, from whichever of the two places it stands in; `none` for null. */
function withAlerts(value: unknown, none: [] | undefined): unknown {
  if (!isObject(value)) return value
  const queue = valueOf(value, 'queue')
  const holder = keyOf(value, 'alerts') === undefined && isObject(queue) ? queue : value
  if (keyOf(holder, 'alerts') === undefined) return {}
  const alerts = valueOf(holder, 'alerts')
  return alerts === null ? { alerts: none } : { alerts }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const keyOf = (value: Record<string, unknown>, name: string) =>
  Object.hasOwn(value, name) ? name : Object.keys(value).find((key) => key.toLowerCase() === name)

function valueOf(value: Record<string, unknown>, name: string): unknown {
  const key = keyOf(value, name)
  return key === undefined ? undefined : value[key]
}
