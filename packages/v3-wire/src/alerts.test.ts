import { expect, test } from 'vitest'
import type { z } from 'zod'
import { AlertsBody, DeleteAlertsBody, QueueBody, problemOf } from './index.ts'

/** What is read, or the sentence that says what is wrong. */
function read(schema: z.ZodType, body: unknown): unknown {
  const result = schema.safeParse(body)
  return result.success ? result.data : problemOf(result.error)
}

const alert = { type: 'fixed', trigger: 5, queue: 'other' }

test('alerts stand alone or in a queue, with keys in any case; null is none', () => {
  const go = { type: 'fixed', Direction: '', Trigger: 5, Queue: 'other', snooze: 0 }
  const wanted = { alerts: [{ ...alert, direction: '', snooze: 0 }] }
  for (const body of [{ alerts: [go] }, { ALERTS: [go], oauth: 'T' }, { Queue: { name: 'q', Alerts: [go] } }]) {
    expect(read(AlertsBody, body)).toEqual(wanted)
  }
  for (const body of [{ alerts: null }, { queue: { alerts: null } }, { alerts: [], queue: { alerts: [go] } }]) {
    expect(read(AlertsBody, body)).toEqual({ alerts: [] })
  }
  expect(read(QueueBody, { queue: { alerts: [go] } })).toEqual({ queue: wanted })
})

test.each([
  [{}, 'alerts is required'],
  [{ queue: 5 }, 'alerts is required'],
  [[], 'Request body must be an object'],
  [{ alerts: {} }, 'alerts must be an array'],
  [{ alerts: Array(6).fill(alert) }, 'alerts must have at most 5 elements'],
  [{ alerts: [5] }, 'alerts[0] must be an object'],
  [{ alerts: [{ ...alert, type: undefined }] }, 'alerts[0].type is required'],
  [{ alerts: [{ ...alert, type: 'once' }] }, 'alerts[0].type must be one of fixed, progressive'],
  [{ alerts: [{ ...alert, direction: 'up' }] }, 'alerts[0].direction must be one of asc, desc'],
  [{ alerts: [alert, { ...alert, trigger: null }] }, 'alerts[1].trigger is required'],
  [{ alerts: [{ ...alert, trigger: '5' }] }, 'alerts[0].trigger must be an integer'],
  [{ alerts: [{ ...alert, trigger: 0 }] }, 'alerts[0].trigger must be between 1 and 9007199254740991'],
  [{ alerts: [{ ...alert, queue: undefined }] }, 'alerts[0].queue is required'],
  [{ alerts: [{ ...alert, queue: '' }] }, 'alerts[0].queue must not be empty'],
  [{ alerts: [{ ...alert, snooze: -1 }] }, 'alerts[0].snooze must be between 0 and 9007199254740991'],
  [{ alerts: [{ ...alert, snooze: '9' }] }, 'alerts[0].snooze must be an integer'],
])('%j is refused', (body, problem) => {
  expect(read(AlertsBody, body)).toBe(problem)
})

test('alerts to delete are objects or bare ids; none given means all', () => {
  expect(read(DeleteAlertsBody, { alerts: [{ ...alert, id: 'a' }, 'b', {}] })).toEqual({
    alerts: [{ id: 'a' }, { id: 'b' }, {}],
  })
  expect(read(DeleteAlertsBody, { queue: { alerts: ['a'] } })).toEqual({ alerts: [{ id: 'a' }] })
  for (const body of [{}, { alerts: null }, { oauth: 'T' }]) expect(read(DeleteAlertsBody, body)).toEqual({})
  expect(read(DeleteAlertsBody, { alerts: 'a' })).toBe('alerts must be an array')
  expect(read(DeleteAlertsBody, { alerts: [5] })).toBe('alerts[0] must be an object')
  expect(read(DeleteAlertsBody, { alerts: [{ id: 5 }] })).toBe('alerts[0].id must be a string')
  expect(read(DeleteAlertsBody, { alerts: Array(101).fill('a') })).toBe('alerts must have at most 100 elements')
})
