import { limits as core } from '@weldmq/queue-core'
import { limits as wire } from '@weldmq/v3-wire'
import { expect, test } from 'vitest'

test('http.12 the numbers that v3 names are those that the core works by', () => {
  expect(wire.messageTimeoutSeconds).toEqual({
    min: core.messageTimeoutSeconds.min,
    max: core.messageTimeoutSeconds.max,
  })
  expect(wire.messageExpirationSeconds).toEqual({
    min: core.messageExpirationSeconds.min,
    max: core.messageExpirationSeconds.max,
  })
  expect(wire.maxReservations).toEqual({
    min: core.deadLetterMaxReservations.min,
    max: core.deadLetterMaxReservations.max,
  })
  expect(wire.priority).toEqual({ min: core.priority.min, max: core.priority.max })
  for (const same of [
    ...(['delaySeconds', 'waitSeconds', 'count', 'pushHeaders', 'idempotencyKeyBytes'] as const),
    ...(['pushRate', 'pauseAfter'] as const),
  ]) {
    expect(wire[same]).toEqual(core[same])
  }
  for (const same of ['retries', 'retriesDelaySeconds'] as const) {
    expect(wire[same]).toEqual({ min: core[same].min, max: core[same].max })
  }
  expect(wire.perPage).toEqual(core.listPage)
})
