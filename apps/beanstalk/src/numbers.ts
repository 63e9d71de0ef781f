/** The largest value of priorities, delays, times to run, pauses and body lengths (contract section 2). */
export const MAX_32 = 4_294_967_295

/** Stands for every well-formed id that no job can have: 0, and those beyond what the core gives out. */
export const NO_JOB = 0

/**
 * One argument that is a number: any number of spaces, then decimal digits, leading zeros allowed, nothing behind
 * (contract section 3). Undefined for anything else, and beyond `max`.
 */
export function readNumber(text: string, max: number): number | undefined {
  const digits = /^ *(\d+)$/.exec(text)?.[1]
  return digits === undefined ? undefined : within(digits, max)
}

/** Digits as a number, or undefined beyond `max`, which is at most 2^53 - 1: rounding then cannot bring it back. */
export function within(digits: string, max: number): number | undefined {
  const value = Number(digits)
  return value <= max ? value : undefined
}

/**
 * A job id: 0 to 2^64 - 1 is well-formed. Ids beyond 2^53 - 1 are never given out and come back as `NO_JOB`, so that no
 * two of them are ever the same number (contract section 3, last row).
 */
export function readId(text: string): number | undefined {
  const digits = /^ *(\d+)$/.exec(text)?.[1]
  return digits === undefined ? undefined : idOf(digits)
}

export function idOf(digits: string): number | undefined {
  const value = Number(digits)
  if (value <= Number.MAX_SAFE_INTEGER) return value
  return BigInt(digits) <= 0xffff_ffff_ffff_ffffn ? NO_JOB : undefined
}
