import type { IncomingMessage } from 'node:http'
import { pathOf } from './target.ts'

const overridable = new Set(['DELETE', 'PATCH', 'PUT'])

/**
 * Makes a POST with `X-HTTP-Method-Override` the request it stands for, before anything is routed or allowed (contract
 * v3 H12). Not on a webhook, whose sender knows nothing of us (W7). Answers with what is wrong when the method is not DELETE, PATCH or PUT.
 */
export function overrideMethod(incoming: IncomingMessage): string | undefined {
  const header = incoming.headers['x-http-method-override']
  if (header === undefined || incoming.method !== 'POST' || pathOf(incoming).endsWith('/webhook')) return undefined
  const method = String(header).trim().toUpperCase()
  if (method !== 'POST' && !overridable.has(method)) return 'X-HTTP-Method-Override must be DELETE, PATCH or PUT'
  incoming.method = method
  return undefined
}
