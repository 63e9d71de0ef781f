import { isLoopback, readAddress } from '@weldmq/service-kit'
import { z } from 'zod'

/** Whether connections of a listener log in (contract 15.1). */
export type Mode = 'required' | 'optional' | 'off'

export type ListenerConfig = {
  host: string
  /** 0 lets the system choose. */
  port: number
  mode: Mode
  /** Where connections are that did not log in; the gateway's first project when undefined. */
  project: string | undefined
  tls: boolean
  /** Closes the connection after a put that leaves its body to be read as commands (contract section 19). */
  strict: boolean
}

export type BeanstalkConfig = {
  /** None when the door is switched off. */
  listeners: ListenerConfig[]
  /** The largest body that put takes, inclusive. */
  maxJobBytes: number
  /** Text in documents in double quotes, as 1.13 has it; without for tools that compare it as it is. */
  quotes: boolean
}

const listenRule =
  'must be `off` or addresses with options between commas, each like 127.0.0.1:11300 or ' +
  '0.0.0.0:11301?mode=required&tls=1; options are mode=required|optional|off, project=ID, tls=1, strict=1'
const sizeRule = 'must be a whole number of bytes from 1 to 1073741824'

/** The settings of this door, for the schema of whoever runs it. */
export const beanstalkSettings = {
  WELDMQ_BEANSTALK_LISTEN: z
    .string()
    .default('127.0.0.1:11300')
    .transform((text, context): ListenerConfig[] => {
      const listeners = text === 'off' ? [] : text.split(',').map((one) => readListener(one.trim()))
      if (!listeners.includes(undefined)) return listeners as ListenerConfig[]
      context.addIssue({ code: 'custom', message: listenRule })
      return z.NEVER
    }),
  WELDMQ_BEANSTALK_MAX_JOB_SIZE: z.coerce
    .number(sizeRule)
    .int(sizeRule)
    .min(1, sizeRule)
    .max(1_073_741_824, sizeRule)
    .default(65_535),
  WELDMQ_BEANSTALK_QUOTES: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
}

/** What those settings come to. */
export const toBeanstalkConfig = (settings: {
  WELDMQ_BEANSTALK_LISTEN: ListenerConfig[]
  WELDMQ_BEANSTALK_MAX_JOB_SIZE: number
  WELDMQ_BEANSTALK_QUOTES: 'on' | 'off'
}): BeanstalkConfig => ({
  listeners: settings.WELDMQ_BEANSTALK_LISTEN,
  maxJobBytes: settings.WELDMQ_BEANSTALK_MAX_JOB_SIZE,
  quotes: settings.WELDMQ_BEANSTALK_QUOTES === 'on',
})

const flag = z.enum(['0', '1']).default('0')
const Options = z.strictObject({
  mode: z.enum(['required', 'optional', 'off']).optional(),
  project: z
    .string()
    .regex(/^[0-9a-f]{24}$/)
    .optional(),
  tls: flag,
  strict: flag,
})

/** One `host:port?options`; undefined when it is none. Only this machine gets in without a login unless told so. */
function readListener(text: string): ListenerConfig | undefined {
  const [, place = '', query = ''] = /^([^?]*)(?:\?(.*))?$/.exec(text) ?? []
  const address = readAddress(place)
  const options = Options.safeParse(Object.fromEntries(new URLSearchParams(query)))
  if (!address || !options.success) return undefined
  const { mode = isLoopback(address.host) ? 'optional' : 'required', project, tls, strict } = options.data
  return { ...address, mode, project, tls: tls === '1', strict: strict === '1' }
}
