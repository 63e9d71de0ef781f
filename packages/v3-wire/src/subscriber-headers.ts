import { limits } from './limits.ts'
import { pushHeaderProblem } from './push-headers.ts'

const prefix = 'x-subscribers-'

/**
 * The push headers that a webhook brings: request headers behind the prefix, the first five that are allowed, in the order
 * they came (contract v3 W3, W4). Names and values by turns, as Node gives the raw ones.
 */
export function subscriberHeaders(rawHeaders: string[]): Record<string, string> | undefined {
  const found = new Map<string, string>()
  for (let i = 0; i + 1 < rawHeaders.length && found.size < limits.pushHeaders.count; i += 2) {
    const header = rawHeaders[i]!
    if (header.length <= prefix.length || header.slice(0, prefix.length).toLowerCase() !== prefix) continue
    const name = header.slice(prefix.length)
    const value = rawHeaders[i + 1]!
    if (pushHeaderProblem(name, value) === undefined && !found.has(name)) found.set(name, value)
  }
  return found.size === 0 ? undefined : Object.fromEntries(found)
}
