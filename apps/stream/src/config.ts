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

const isOrigin = (text: string): boolean => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text
