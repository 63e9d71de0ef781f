import { isIPv4, isIPv6 } from 'node:net'
import { type Block, addressRule } from './public-address.ts'
import type { ResolveHost } from './resolve-host.ts'

/**
 * The addresses that deliveries to a host may connect to, IPv4 first; undefined when it has none, or any of them is
 * refused (security row 4). `hostname` is as `URL` spells it, which has undone every odd spelling of an address.
 */
export type Guard = (hostname: string) => Promise<readonly string[] | undefined>

export type GuardOptions = {
  resolve: ResolveHost
  /** Blocks that may be reached although they are not public. */
  allow: Block[]
  /** How long an answer about a name holds. */
  rememberMilliseconds?: number
  /** A name is refused this long after it was asked about, or a whole multiple of it. */
  refusalMilliseconds?: number
}

const REMEMBER_MILLISECONDS = 2000
const REFUSAL_MILLISECONDS = 1000
const MAX_NAMES = 2000

/** So that a name with a thousand addresses is no list of a thousand connections. All of them are checked. */
const MAX_ADDRESSES = 8

/**
 * Names are resolved here and nowhere later, so that what was checked is what gets connected. A name that does not exist
 * and one that leads to a refused address come to the same answer, after a time that tells them apart no more than the
 * answer does (promise I34): else statuses of deliveries would map a private network.
 */
export function openGuard(options: GuardOptions): Guard {
  const { resolve, allow, rememberMilliseconds = REMEMBER_MILLISECONDS } = options
  const { refusalMilliseconds = REFUSAL_MILLISECONDS } = options
  const mayReach = addressRule(allow)
  const names = new Map<string, Promise<readonly string[] | undefined>>()

  async function look(name: string): Promise<readonly string[] | undefined> {
    const asked = performance.now()
    const found = await resolve(name).catch(() => [])
    if (found.length > 0 && found.every(mayReach)) return inOrder(found).slice(0, MAX_ADDRESSES)
    const spent = performance.now() - asked
    await new Promise((over) => setTimeout(over, refusalMilliseconds - (spent % refusalMilliseconds)))
    return undefined
  }

  function remembered(name: string) {
    const known = names.get(name)
    if (known) return known
    const answer = look(name)
    if (names.size >= MAX_NAMES) names.delete(names.keys().next().value!)
    names.set(name, answer)
    void answer.then(() => {
      const forget = () => names.get(name) === answer && names.delete(name)
      setTimeout(forget, rememberMilliseconds).unref()
    })
    return answer
  }

  return async (hostname) => {
    const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
    if (isIPv4(literal) || isIPv6(literal)) return mayReach(literal) ? [literal] : undefined
    if (!isLocalhost(hostname)) return remembered(hostname)
    const loopback = ['127.0.0.1', '::1'].filter(mayReach)
    return loopback.length > 0 ? loopback : undefined
  }
}

/** Never a question to DNS, as RFC 6761 has it. */
const isLocalhost = (hostname: string) => /^(?:.*\.)?localhost\.?$/.test(hostname)

/** Each once, IPv4 first, and always in the same order: connections are kept under them. */
const inOrder = (addresses: string[]) =>
  [...new Set(addresses)].sort((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)) || (a < b ? -1 : 1))
