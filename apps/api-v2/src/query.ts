import type { IncomingMessage } from 'node:http'
import { queryOf } from '@weldmq/service-kit'

/** The query as an object; a parameter without a value is like none (contract v3 H15). The first of several counts. */
export function queryObject(incoming: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {}
  if (!incoming.url!.includes('?')) return found
  for (const [name, value] of queryOf(incoming)) if (value !== '' && !(name in found)) found[name] = value
  return found
}
