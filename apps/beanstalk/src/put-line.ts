import { MAX_32, within } from './numbers.ts'

/** What a `put` line asks for, before its body has come. */
export type PutLine = {
  priority: number
  delaySeconds: number
  /** At least 1: a time to run of 0 silently becomes 1. */
  timeoutSeconds: number
  /** As announced; the two bytes that end the body are not in it. */
  bodyBytes: number
  /** Something stands behind the last number, which is looked at only after the length (contract 5.1, step 3). */
  trailing: boolean
}

export const PUT_WORD = 'put '

/** The four numbers behind `put `; undefined when one is missing, malformed or above 32 bits (5.1, step 1). */
export function readPutLine(rest: string): PutLine | undefined {
  const match = /^ *(\d+) +(\d+) +(\d+) +(\d+)/.exec(rest)
  if (!match) return undefined
  const [all, priority, delay, timeout, bytes] = match as unknown as [string, string, string, string, string]
  const numbers = [priority, delay, timeout, bytes].map((digits) => within(digits, MAX_32))
  const [a, b, c, d] = numbers
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  return {
    priority: a,
    delaySeconds: b,
    timeoutSeconds: Math.max(1, c),
    bodyBytes: d,
    trailing: all.length < rest.length,
  }
}
