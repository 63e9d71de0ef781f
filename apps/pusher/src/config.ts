import { parseSettings } from '@weldmq/service-kit'
import { z } from 'zod'
import { type Block, readBlock } from './public-address.ts'
import type { SlotLimits } from './slots.ts'

export type PushConfig = {
  /** False where other processes deliver. */
  enabled: boolean
  /** Addresses that deliveries may go to although they are not public. */
  allow: Block[]
  /** `host:port` of other servers to which `ironmq:` deliveries, with their token, go without TLS. */
  plainHttp: Set<string>
  slots: SlotLimits
  /** Of bodies, that this process holds at a time. */
  bytes: number
}

const allowRule = 'must be blocks of addresses between commas, each like 10.0.0.0/8, 127.0.0.1 or fd00::/8'
const plainRule = 'must be host:port between commas, each like queue.internal:8080'
const slotsRule = 'must be a whole number from 1 to 10000'
const bytesRule = 'must be a whole number of bytes from 1048576 to 17179869184'
const slots = (standard: number) =>
  z.coerce.number(slotsRule).int(slotsRule).min(1, slotsRule).max(10_000, slotsRule).default(standard)

/** Pieces between commas, each read by `read`; the rule when one of them is none. */
const list = <T>(read: (text: string) => T | undefined, rule: string) =>
  z
    .string()
    .default('')
    .transform((text, context): T[] => {
      const pieces = text === '' ? [] : text.split(',').map((piece) => read(piece.trim()))
      if (!pieces.includes(undefined)) return pieces as T[]
      context.addIssue({ code: 'custom', message: rule })
      return z.NEVER
    })

/** The settings of deliveries, for the schema of whoever runs them. */
export const pushSettings = {
  WELDMQ_PUSH: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  WELDMQ_PUSH_ALLOW: list(readBlock, allowRule),
  WELDMQ_PUSH_PLAIN_HTTP: list(
    (text) => (/^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z.-]+):\d{1,5}$/.test(text) ? text.toLowerCase() : undefined),
    plainRule,
  ),
  WELDMQ_PUSH_CONCURRENCY: slots(50),
  WELDMQ_PUSH_HOST_CONCURRENCY: slots(200),
  WELDMQ_PUSH_IN_FLIGHT: slots(1000),
  WELDMQ_PUSH_BYTES: z.coerce
    .number(bytesRule)
    .int(bytesRule)
    .min(2 ** 20, bytesRule)
    .max(2 ** 34, bytesRule)
    .default(2 ** 28),
}

/** What those settings come to. */
export const toPushConfig = (settings: {
  WELDMQ_PUSH: 'on' | 'off'
  WELDMQ_PUSH_ALLOW: Block[]
  WELDMQ_PUSH_PLAIN_HTTP: string[]
  WELDMQ_PUSH_CONCURRENCY: number
  WELDMQ_PUSH_HOST_CONCURRENCY: number
  WELDMQ_PUSH_IN_FLIGHT: number
  WELDMQ_PUSH_BYTES: number
}): PushConfig => ({
  enabled: settings.WELDMQ_PUSH === 'on',
  allow: settings.WELDMQ_PUSH_ALLOW,
  plainHttp: new Set(settings.WELDMQ_PUSH_PLAIN_HTTP),
  slots: {
    perSubscriber: settings.WELDMQ_PUSH_CONCURRENCY,
    perHost: settings.WELDMQ_PUSH_HOST_CONCURRENCY,
    total: settings.WELDMQ_PUSH_IN_FLIGHT,
  },
  bytes: settings.WELDMQ_PUSH_BYTES,
})

const Settings = z.object({
  DATABASE_URL: z
    .string('must be set: a postgres:// URL')
    .regex(/^postgres(ql)?:\/\/\S+$/, 'must begin with postgres:// or postgresql:// and have no spaces'),
  WELDMQ_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be set, to the http:// or https:// URL where subscribers acknowledge' })
    .transform((url) => url.replace(/\/+$/, '')),
  WELDMQ_LOG: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
  ...pushSettings,
})

/** The settings of a process that only delivers; throws `BadSettings`, which lists every one that is wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const s = parseSettings('The pusher', Settings, env)
  return {
    databaseUrl: s.DATABASE_URL,
    publicUrl: s.WELDMQ_PUBLIC_URL,
    logLevel: s.WELDMQ_LOG,
    push: toPushConfig(s),
  }
}
