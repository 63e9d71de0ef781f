import { nestingProblem } from '@weldmq/service-kit'
import type { Re } from './write-frame.ts'

/** A frame of a client: an object with a `type`. */
export type Frame = Record<string, unknown> & { type: string }

/**
 * Above this size the structure is looked at before it is parsed: `JSON.parse` takes long over millions of brackets, and
 * `JSON.stringify` of what we say back gives up at some thousands.
 */
const SMALL_BYTES = 4096
const ID_BYTES = 64

/** The frame in these bytes, or what is broken about it. */
export function readFrame(bytes: Buffer): Frame | string {
  if (bytes.length > SMALL_BYTES) {
    const problem = nestingProblem(bytes)
    if (problem !== undefined) return `The frame ${problem}`
  }
  let value: unknown
  try {
    value = JSON.parse(bytes.toString())
  } catch {
    return 'The frame is not JSON'
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'The frame is not a JSON object'
  if (typeof (value as Frame).type !== 'string') return 'The frame has no type'
  return value as Frame
}

/** The client's name for the frame; null when it is no name that could be repeated. */
export function reOf({ id }: Frame): Re | null {
  if (id === undefined || id === null) return undefined
  // Larger ones were rounded when they were parsed.
  if (typeof id === 'number') return Math.abs(id) <= Number.MAX_SAFE_INTEGER ? id : null
  return typeof id === 'string' && Buffer.byteLength(id) <= ID_BYTES ? id : null
}
