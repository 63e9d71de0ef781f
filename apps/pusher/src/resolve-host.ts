import { lookup, promises as dns } from 'node:dns'

/** Every address of a host name; rejects when there are none, or nobody knows. */
export type ResolveHost = (name: string) => Promise<string[]>

/** Per question to one server, and how often it is put. */
const ANSWER_MILLISECONDS = 2000
const TRIES = 2

/** Of the four threads that the process has for such work. */
const SYSTEM_LOOKUPS = 2

/**
 * Asks DNS directly and not through the system's `getaddrinfo`, of which only four can wait at a time in a process: a few
 * names whose servers never answer would keep everybody else's waiting. Where in-house targets are allowed, names that DNS
 * does not know are looked up by the system too, for the sake of its hosts file and search list. `servers` are asked in
 * place of the system's.
 */
export function openResolver({ inHouse, servers }: { inHouse: boolean; servers?: string[] }): ResolveHost {
  const resolver = new dns.Resolver({ timeout: ANSWER_MILLISECONDS, tries: TRIES })
  if (servers) resolver.setServers(servers)
  const lanes: Promise<unknown>[] = Array.from({ length: SYSTEM_LOOKUPS }, () => Promise.resolve())
  let next = 0

  function askSystem(name: string): Promise<string[]> {
    const lane = next++ % SYSTEM_LOOKUPS
    const asked = lanes[lane]!.then(() => systemLookup(name))
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
