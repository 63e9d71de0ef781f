import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { message, tokenOf } from '@weldmq/service-kit'
import type { Config } from './config.ts'

/**
 * On loopback, refuses requests that a web page could have a browser send us through a name of its own that it lets
 * point to 127.0.0.1 (security row 22). Such a page knows no token, so whoever brings one is let through under any
 * name: clients may have their own names for this machine. Whatever is not public looks at that token, also when it would
 * answer those without any; other words in `Authorization` are none.
 */
export function hostGuard({ listen, publicUrl }: Config): (incoming: IncomingMessage) => Response | undefined {
  if (!listen.loopback) return () => undefined
  const publicName = publicUrl === undefined ? undefined : nameOf(new URL(publicUrl).host)
  return (incoming) => {
    const { host } = incoming.headers
    if (host === undefined || tokenOf(incoming) !== undefined) return undefined
    const name = nameOf(host)
    if (name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0 || name === publicName) return undefined
    return message(403, 'This host name is not served here; WELDMQ_PUBLIC_URL may name one')
  }
}

/** Without port, brackets and the dot that ends a full name. */
const nameOf = (host: string) =>
  host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
