import { z } from 'zod'
import { limits } from './limits.ts'

const { count, nameBytes, valueBytes } = limits.pushHeaders

const reserved = new Set([
  'content-type',
  'user-agent',
  'iron-message-id',
  'iron-reservation-id',
  'iron-subscriber-name',
  'iron-subscriber-message-url',
])

/** What is wrong with one push header, or undefined (contract v3 4.1.1). */
export function pushHeaderProblem(name: string, value: string): string | undefined {
  if (name === '') return 'must not have an empty header name'
  if (Buffer.byteLength(name) > nameBytes) return `must have header names of at most ${nameBytes} bytes`
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return 'must have header names that HTTP allows'
  if (reserved.has(name.toLowerCase())) return `must not set the header ${name}`
  if (value === '') return `must not have an empty value for the header ${name}`
  if (Buffer.byteLength(value) > valueBytes) return `must have values of at most ${valueBytes} bytes`
  if (/[\r\n\0]/.test(value)) return `must not have CR, LF or NUL in the value of the header ${name}`
  return undefined
}

/** Counts how often a message was handed on from queue to queue; not one of the client's own. */
const isHops = (name: string) => name.toLowerCase() === 'weldmq-hops'

/** Up to five headers of one message's deliveries. Names keep their case; they are the client's, not ours. */
export const PushHeaders = z
  .record(z.string(), z.string('must be a string'), 'must be an object')
  .superRefine((headers, context) => {
    const pairs = Object.entries(headers)
    const problem =
      pairs.filter(([name]) => !isHops(name)).length > count
        ? `must have at most ${count} headers`
        : pairs.map(([name, value]) => pushHeaderProblem(name, value)).find((found) => found !== undefined)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
