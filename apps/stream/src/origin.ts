import type { IncomingMessage } from 'node:http'
import type { StreamConfig } from './config.ts'

/**
 * Whether the web page may connect: a browser says where it comes from, and sends it along whatever the page wants. Other
 * programs send no Origin and are judged by their token alone.
 */
export function isOriginAllowed({ headers }: IncomingMessage, { origins }: StreamConfig): boolean {
  const { origin, host } = headers
  if (origin === undefined || origins === 'all' || origins.has(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}
