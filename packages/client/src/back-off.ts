export type BackOff = {
  /** Upper end of the first pause. */
  baseMilliseconds: number
  /** Upper end of every pause. */
  capMilliseconds: number
}

/**
 * How long to wait before try number `attempt` (0 for the first repetition): anything from nothing to a bound that
 * doubles each time. Full jitter, so that a thousand clients that lost one server do not come back together.
 */
export function fullJitter(
  attempt: number,
  { baseMilliseconds, capMilliseconds }: BackOff,
  random = Math.random,
): number {
  return random() * Math.min(capMilliseconds, baseMilliseconds * 2 ** attempt)
}
