import { limits } from '@weldmq/queue-core'

const HOPS_HEADER = 'Weldmq-Hops'
const isHops = (name: string) => name.toLowerCase() === HOPS_HEADER.toLowerCase()

/**
 * The push headers of a message that is handed on to another queue once more, with the count of such hops among them;
 * undefined when it has gone through too many (contract push U3).
 */
export function handedOn(pushHeaders: Record<string, string>): Record<string, string> | undefined {
  const others = Object.entries(pushHeaders).filter(([name]) => !isHops(name))
  const [, before = '0'] = Object.entries(pushHeaders).find(([name]) => isHops(name)) ?? []
  const hops = (/^\d{1,9}$/.test(before) ? Number(before) : 0) + 1
  return hops > limits.hops ? undefined : Object.fromEntries([...others, [HOPS_HEADER, String(hops)]])
}
