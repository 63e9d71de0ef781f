import { type LookupFunction, isIPv4 } from 'node:net'
import { Client } from 'undici'

/** One connection to a subscriber, in the hands of one request at a time. */
export type Connection = {
  client: Client
  /** Whether it has answered before, so that it may have been closed while nobody was looking. */
  isReused(): boolean
  /** Gives it back after a complete answer, for the next request. */
  keep(): void
  /** Ends it, with what is under way on it. */
  drop(): void
}

export type Connections = {
  /** A connection to the checked addresses of an origin: a kept one, or else a new one. */
  take(origin: string, addresses: readonly string[]): Connection
  /** A new one; it opens with its first request. */
  open(origin: string, addresses: readonly string[]): Connection
  /** Ends all, with what is under way on them. */
  stop(): Promise<void>
}

/** As the sample configuration of the original has it, next to a minute for the request (contract push P-2). */
const CONNECT_MILLISECONDS = 10_000
/** Until the next address is tried as well: long enough for a handshake to the other end of the world. */
const NEXT_ADDRESS_MILLISECONDS = 1000
const MAX_HEADER_BYTES = 16_384
const MAX_IDLE = 2000
const IDLE_MILLISECONDS = 30_000

type Idle = { client: Client; answers: number; since: number; key: string }

/**
 * Keeps connections open between requests. They are kept under the origin and the addresses that were checked, so that
 * one that outlives a change of DNS is not used for what the name means now (security row 4).
 */
export function openConnections({ ca }: { ca?: string } = {}): Connections {
  const idle = new Map<string, Idle[]>()
  const clients = new Set<Client>()
  let idleCount = 0

  function forget(one: Idle) {
    const others = idle.get(one.key)?.filter((other) => other !== one) ?? []
    if (others.length > 0) idle.set(one.key, others)
    else idle.delete(one.key)
    idleCount--
    end(one.client)
  }

  function end(client: Client) {
    clients.delete(client)
    void client.destroy().catch(() => undefined)
  }

  const sweep = setInterval(() => {
    const oldest = performance.now() - IDLE_MILLISECONDS
    for (const one of [...idle.values()].flat()) if (one.since < oldest) forget(one)
  }, IDLE_MILLISECONDS / 2)
  sweep.unref()

  function opened(origin: string, addresses: readonly string[]): Idle {
    const client = new Client(origin, {
      // The sender's own clock is over all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MAX_HEADER_BYTES,
      autoSelectFamily: addresses.length > 1,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_MILLISECONDS,
      connect: { timeout: CONNECT_MILLISECONDS, lookup: checkedLookup(addresses), ...(ca === undefined ? {} : { ca }) },
    })
    const one: Idle = { client, answers: 0, since: 0, key: keyOf(origin, addresses) }
    client.on('connect', () => {
      one.answers = 0
    })
    clients.add(client)
    return one
  }

  function keep(one: Idle) {
    one.answers++
    one.since = performance.now()
    if (idleCount >= MAX_IDLE || one.client.destroyed) return end(one.client)
    idleCount++
    const others = idle.get(one.key)
    if (others) others.push(one)
    else idle.set(one.key, [one])
  }

  const handOut = (one: Idle): Connection => ({
    client: one.client,
    isReused: () => one.answers > 0,
    keep: () => keep(one),
    drop: () => end(one.client),
  })
  const open = (origin: string, addresses: readonly string[]) => handOut(opened(origin, addresses))

  return {
    take(origin, addresses) {
      const key = keyOf(origin, addresses)
      const kept = idle.get(key)
      const one = kept?.pop() // the last one used: the others may grow old and be closed
      if (!kept || !one) return open(origin, addresses)
      idleCount--
      if (kept.length === 0) idle.delete(key)
      return handOut(one)
    },
    open,
    async stop() {
      clearInterval(sweep)
      idle.clear()
      await Promise.all([...clients].map((client) => client.destroy()))
      clients.clear()
    },
  }
}

const keyOf = (origin: string, addresses: readonly string[]) => `${origin} ${addresses.join(' ')}`

/** Answers with what was checked, whatever is asked; IPv4 first, and any of several as well as another. */
function checkedLookup(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }))
  let turn = 0
  return (_name, { all }, answer) => {
    const first = turn++ % known.length
    const turned = [...known.slice(first), ...known.slice(0, first)].sort((a, b) => a.family - b.family)
    if (all) answer(null, turned)
    else answer(null, turned[0]!.address, turned[0]!.family)
  }
}
