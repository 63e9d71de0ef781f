import { lookup, promises as dns } from 'node:dns'

/** Every address of a host name; rejects when there are none, or nobody knows. */
export type ResolveHost = (name: string) => Promise<string[]>

/** Per question to one server, and how often it is put. */
const ANSWER_MILLISECONDS = 2000
const TRIES = 2

/** Of the four threads that the process has for such work. */
const SYSTEM_LOOKUPS = 2
/** Names that wait for these; one more is not looked up: each may take many seconds, and nobody would wait for it by then. */
const MOST_WAITING = 200

export type ResolverOptions = {
  inHouse: boolean
  /** Asked in place of the system's. */
  servers?: string[]
  /** In place of the system's hosts file and search list. */
  system?: ResolveHost
}

/**
 * Asks DNS directly and not through the system's `getaddrinfo`, of which only four can wait at a time in a process: a few
 * names whose servers never answer would keep everybody else's waiting. Where in-house targets are allowed, names that DNS
 * does not know are looked up by the system too, for the sake of its hosts file and search list.
 */
export function openResolver({ inHouse, servers, system = systemLookup }: ResolverOptions): ResolveHost {
  const resolver = new dns.Resolver({ timeout: ANSWER_MILLISECONDS, tries: TRIES })
  if (servers) resolver.setServers(servers)
  const lanes: Promise<unknown>[] = Array.from({ length: SYSTEM_LOOKUPS }, () => Promise.resolve())
  let next = 0
  let waiting = 0

  async function askSystem(name: string): Promise<string[]> {
    if (waiting >= MOST_WAITING) throw new Error('too many names are being looked up')
    waiting++
    const lane = next++ % SYSTEM_LOOKUPS
    const asked = lanes[lane]!.then(() => system(name)).finally(() => waiting--)
    lanes[lane] = asked.catch(() => undefined)
    return asked
  }

  return async (name) => {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length > 0) return addresses
    if (inHouse) return askSystem(name)
    throw new Error('the name has no address')
  }
}

const systemLookup = (name: string) =>
  new Promise<string[]>((resolve, reject) => {
    lookup(name, { all: true }, (fault, found) =>
      fault ? reject(fault) : resolve(found.map(({ address }) => address)),
    )
  })
