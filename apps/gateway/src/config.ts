import { resolve } from 'node:path'
import { type BeanstalkConfig, beanstalkSettings, toBeanstalkConfig } from '@weldmq/beanstalk'
import { defaultDataDir } from '@weldmq/embedded-postgres'
import type { CoreOptions } from '@weldmq/queue-core'
import { type PushConfig, pushSettings, toPushConfig } from '@weldmq/pusher'
import {
  type Listen,
  type TlsFiles,
  checkTlsSettings,
  listenSetting,
  parseSettings,
  tlsSettings,
  toTlsFiles,
} from '@weldmq/service-kit'
import { type StreamConfig, streamSettings, toStreamConfig } from '@weldmq/stream'
import { z } from 'zod'

export type Config = {
  /** Postgres to use; undefined starts the embedded one. */
  database: CoreOptions['database'] | undefined
  /** Where the embedded server keeps its files, and `iron.json`. */
  dataDir: string
  listen: Listen
  /** The door for beanstalk clients. */
  beanstalk: BeanstalkConfig
  /** Deliveries to the subscribers of push queues. */
  push: PushConfig
  /** The door for live consumers. */
  stream: StreamConfig
  /** For the very first start; drawn when undefined. */
  projectId: string | undefined
  token: string | undefined
  /** Files in PEM; undefined means plain HTTP. */
  tls: TlsFiles | undefined
  /** What clients call us, without a slash at the end; undefined when that is the address we listen on. */
  publicUrl: string | undefined
  /** Of one message. */
  maxBodyBytes: number
  /** Whether receivers need a token to acknowledge a delivery. */
  ackTokens: 'optional' | 'required'
  logLevel: string
}

/** An eighth of what one request may hold is left for the JSON around the largest body. */
const MAX_BODY_LIMIT = 14 * 1024 * 1024

const Settings = z
  .object({
    // Not a URL in the strict sense: it may name several hosts.
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\/\S+$/, 'must begin with postgres:// or postgresql:// and have no spaces')
      .optional(),
    WELDMQ_DATA_DIR: z.string().min(1).optional(),
    WELDMQ_LISTEN: listenSetting('127.0.0.1:8080'),
    ...beanstalkSettings,
    ...pushSettings,
    ...streamSettings,
    WELDMQ_PROJECT_ID: z
      .string()
      .regex(/^[0-9a-f]{24}$/, 'must be 24 lower-case hex characters')
      .optional(),
    WELDMQ_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]{20,255}$/, 'must be 20 to 255 visible ASCII characters without spaces')
      .optional(),
    ...tlsSettings,
    WELDMQ_PUBLIC_URL: z
      .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    WELDMQ_MAX_BODY: z.coerce
      .number(`must be a whole number of bytes from 1 to ${MAX_BODY_LIMIT}`)
      .int(`must be a whole number of bytes from 1 to ${MAX_BODY_LIMIT}`)
      .min(1, `must be a whole number of bytes from 1 to ${MAX_BODY_LIMIT}`)
      .max(MAX_BODY_LIMIT, `must be a whole number of bytes from 1 to ${MAX_BODY_LIMIT}`)
      .default(262_144),
    WELDMQ_PUSH_ACK_TOKENS: z
      .enum(['optional', 'required'], { error: 'must be optional or required' })
      .default('optional'),
    WELDMQ_LOG: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        error: 'must be one of fatal, error, warn, info, debug, trace, silent',
      })
      .default('info'),
  })
  .superRefine((s, context) => {
    if (s.WELDMQ_BEANSTALK_LISTEN.some((listener) => listener.tls) && !s.WELDMQ_TLS_CERT) {
      const message = 'must not ask for tls=1 unless WELDMQ_TLS_CERT is set'
      context.addIssue({ code: 'custom', path: ['WELDMQ_BEANSTALK_LISTEN'], message })
    }
    checkTlsSettings(s, context)
  })

/** The gateway's settings from its environment; throws `BadSettings`, which lists every one that is wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const s = parseSettings('WeldMQ', Settings, env)
  return {
    database: s.DATABASE_URL === undefined ? undefined : { url: s.DATABASE_URL },
    dataDir: resolve(s.WELDMQ_DATA_DIR ?? defaultDataDir()),
    listen: s.WELDMQ_LISTEN,
    beanstalk: toBeanstalkConfig(s),
    push: toPushConfig(s),
    stream: toStreamConfig(s),
    projectId: s.WELDMQ_PROJECT_ID,
    token: s.WELDMQ_TOKEN,
    tls: toTlsFiles(s),
    publicUrl: s.WELDMQ_PUBLIC_URL,
    maxBodyBytes: s.WELDMQ_MAX_BODY,
    ackTokens: s.WELDMQ_PUSH_ACK_TOKENS,
    logLevel: s.WELDMQ_LOG,
  }
}
