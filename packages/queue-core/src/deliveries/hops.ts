import { limits } from '../limits.ts'

/** The push header that counts how often a message was handed on, so that circles of queues end (push.md U3). */
const HOPS_HEADER = 'Weldmq-Hops'

/** It comes on top of the headers that a message may have. */
export const isHops = (name: string) => name.toLowerCase() === HOPS_HEADER.toLowerCase()

/** How often it was handed on before; whoever posts something else there begins at 0. */
export function hopsOf(headers: Record<string, string>): number {
  const [, value = '0'] = Object.entries(headers).find(([name]) => isHops(name)) ?? []
  return /^\d{1,9}$/.test(value) ? Number(value) : 0
}

/** The push headers of what is handed on to another queue once more; undefined after too many times. */
export function handedOn(headers: Record<string, string>): Record<string, string> | undefined {
  const hops = hopsOf(headers) + 1
  if (hops > limits.hops) return undefined
  const others = Object.entries(headers).filter(([name]) => !isHops(name))
  return Object.fromEntries([...others, [HOPS_HEADER, String(hops)]])
}

/** The push headers of a report about a message, as JSON: the count alone. What was handed on too often is reported, its report not. */
export function reportedOn(headers: Record<string, string>): string | undefined {
  const hops = hopsOf(headers) + 1
  return hops > limits.hops + 1 ? undefined : JSON.stringify({ [HOPS_HEADER]: String(hops) })
}
