import { limits } from '../limits.ts'

/** The push header that says how a message came here, so that circles of queues end (push.md U3). */
const HOPS_HEADER = 'Weldmq-Hops'

/** It comes on top of the headers that a message may have. */
export const isHops = (name: string) => name.toLowerCase() === HOPS_HEADER.toLowerCase()

/**
 * How often a message was handed on before, and how many copies of the one that was posted there may be with as many
 * behind them; whoever posts something else there begins at the beginning. Written as `3 64`, or `3` for a single copy.
 */
type Way = { hops: number; copies: number }

export function wayOf(headers: Record<string, string>): Way {
  const [, value = ''] = Object.entries(headers).find(([name]) => isHops(name)) ?? []
  const [, hops = '0', copies = '1'] = /^(\d{1,9})(?: ([1-9]\d{0,8}))?$/.exec(value) ?? []
  return { hops: Number(hops), copies: Number(copies) }
}

const headerOf = ({ hops, copies }: Way) => ({ [HOPS_HEADER]: copies === 1 ? `${hops}` : `${hops} ${copies}` })

/**
 * The push headers of what is handed on to another queue once more, to `among` queues at a time; or why it is not. Both
 * numbers have a limit: where every queue of a circle has three others as subscribers, ten hops are 59,049 copies. Since
 * no message counts for fewer copies than it has beside it, there never are more than `limits.copies` after a hop.
 */
export function handedOn(
  headers: Record<string, string>,
  among: number,
): { headers: Record<string, string> } | { failure: string } {
  const { hops, copies } = wayOf(headers)
  const way = { hops: hops + 1, copies: copies * among }
  if (way.hops > limits.hops) return { failure: `handed on more than ${limits.hops} times` }
  if (way.copies > limits.copies) return { failure: `handed on to more than ${limits.copies} queues` }
  const others = Object.fromEntries(Object.entries(headers).filter(([name]) => !isHops(name)))
  return { headers: { ...others, ...headerOf(way) } }
}

/**
 * The push headers of a report about a message, of which there may be `among`, as JSON: its way alone. What was handed on
 * too often is reported, its report not.
 */
export function reportedOn(headers: Record<string, string>, among: number): string | undefined {
  const { hops, copies } = wayOf(headers)
  if (hops > limits.hops || copies > limits.copies) return undefined
  return JSON.stringify(headerOf({ hops: hops + 1, copies: Math.min(copies * among, 999_999_999) }))
}
