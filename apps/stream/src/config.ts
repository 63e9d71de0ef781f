import { checkTlsSettings, listenSetting, parseSettings, tlsSettings, toTlsFiles } from '@weldmq/service-kit'
import { z } from 'zod'

export type StreamConfig = {
  /** Web pages of these origins may connect, besides those that come from the very address they connect to. */
  origins: ReadonlySet<string> | 'all'
}

const originRule =
  'must be `*` or origins between commas, each like https://app.example.com, without a path and a slash at the end'

/** The settings of this door, for the schema of whoever runs it. */
export const streamSettings = {
  WELDMQ_STREAM_ORIGINS: z
    .string()
    .default('')
    .transform((text, context): StreamConfig['origins'] => {
      if (text.trim() === '*') return 'all'
      const origins = text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
      if (origins.every(isOrigin)) return new Set(origins)
      context.addIssue({ code: 'custom', message: originRule })
      return z.NEVER
    }),
}

/** What those settings come to. */
export const toStreamConfig = (settings: { WELDMQ_STREAM_ORIGINS: StreamConfig['origins'] }): StreamConfig => ({
  origins: settings.WELDMQ_STREAM_ORIGINS,
})

const bodyRule = 'must be a whole number of bytes, at least 1'

const Settings = z.object({
  DATABASE_URL: z
    .string('must be set')
    .regex(/^postgres(ql)?:\/\/\S+$/, 'must begin with postgres:// or postgresql://'),
  WELDMQ_STREAM_LISTEN: listenSetting('127.0.0.1:8081'),
  ...tlsSettings,
  ...streamSettings,
  WELDMQ_MAX_BODY: z.coerce.number(bodyRule).int(bodyRule).min(1, bodyRule).default(262_144),
  WELDMQ_LOG: z.string().default('info'),
})

/** The settings of a process that only streams; throws `BadSettings`, which lists every one that is wrong. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  const s = parseSettings('The stream', Settings.superRefine(checkTlsSettings), env)
  return {
    databaseUrl: s.DATABASE_URL,
    listen: s.WELDMQ_STREAM_LISTEN,
    tls: toTlsFiles(s),
    maxBodyBytes: s.WELDMQ_MAX_BODY,
    logLevel: s.WELDMQ_LOG,
    stream: toStreamConfig(s),
  }
}

const isOrigin = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text
