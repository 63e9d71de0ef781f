import type { IncomingMessage } from 'node:http'
import { queryOf } from '@weldmq/service-kit'

/** The query as an object; a parameter without a value is like none (contract v3 H15). The first of several counts. */
export function queryObject(incoming: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {}
  if (!incoming.url!.includes('?')) return found
  for (const [name, value] of queryOf(incoming)) if (value !== '' && !(name in found)) found[name] = value
  return found
}

const plain = /\?(?:n=([1-9]\d?|100))?&?(?:timeout=([0-9]{1,4}))?&?(?:wait=([12]?\d|30))?$/

/**
 * What nearly every get asks for: some of `n`, `timeout` and `wait` in that order, within their limits, and nothing
 * else. Undefined for every other query, which is for the schema.
 */
export function plainGet(target: string): { n?: number; timeout?: number; wait?: number } | undefined {
  const start = target.indexOf('?')
  if (start === -1) return {}
  const match = plain.exec(start === 0 ? target : target.slice(start))
  if (!match) return undefined
  const [, n, timeout, wait] = match
  return {
    ...(n !== undefined && { n: Number(n) }),
    ...(timeout !== undefined && { timeout: Number(timeout) }),
    ...(wait !== undefined && { wait: Number(wait) }),
  }
}
