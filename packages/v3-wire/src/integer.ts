import { z } from 'zod'
import { wrong } from './wire-object.ts'

type Range = { min: number; max: number }

/** A whole number between two bounds, both included. */
export function integer({ min, max }: Range) {
  const rule = `must be between ${min} and ${max}`
  return z.int(wrong('must be an integer')).min(min, rule).max(max, rule)
}

/** A whole number that is not negative; the caller cuts it to what it allows. */
export const notNegative = () => z.int(wrong('must be an integer')).min(0, 'must not be negative')

/** A whole number between two bounds, where 0 means that nothing is asked for (contract v3 U9, R3): read it with `given`. */
export function integerOrZero({ max }: Range) {
  const rule = `must be between 1 and ${max}, or 0 for the default`
  return z.int(wrong('must be an integer')).min(0, rule).max(max, rule)
}

/** Also takes the number in a string, as some clients send `timeout`, `delay`, `n` and `wait` (contract v3 1.1). */
export const orNumericString = <N extends z.ZodType<number>>(number: N) =>
  z.preprocess((value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value), number)

/** A number of `integerOrZero`: undefined when it is 0 or left out. */
export const given = (value: number | undefined): number | undefined => value || undefined
