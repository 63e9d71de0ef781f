import { expect, test } from 'vitest'
import { z } from 'zod'
import { BadSettings, parseSettings } from './config.ts'

const Settings = z.object({
  PORT: z.coerce.number('must be a number').int().max(65_535, 'must be at most 65535').default(8080),
  TOKEN: z.string().min(20, 'must have at least 20 characters').optional(),
})

test('settings are read with their defaults, and an empty one counts as not set', () => {
  expect(parseSettings('gateway', Settings, { PORT: '', OTHER: 'x' })).toEqual({ PORT: 8080 })
})

test('every bad setting is listed with its rule, and no value', () => {
  const read = () => parseSettings('gateway', Settings, { PORT: '99999', TOKEN: 'short-secret' })
  expect(read).toThrow(BadSettings)
  expect(read).toThrow(
    'gateway cannot start, these settings are wrong:\n' +
      '  PORT: must be at most 65535\n  TOKEN: must have at least 20 characters',
  )
})
