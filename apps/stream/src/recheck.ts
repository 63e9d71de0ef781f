import type { Access, Core } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import { closeCodes } from './close-codes.ts'
import type { Bearer, Connection } from './connection.ts'

/** Tokens asked for together, which share statements. */
const AT_ONCE = 1000

/**
 * Asks again for each token that connections came with, and closes those whose token is no longer valid, after
 * `everyMilliseconds` and what an answer about a token may be old. While the database cannot say, they stay.
 */
export function recheckBearers(
  core: Pick<Core, 'authorize' | 'findAccess'>,
  connections: ReadonlySet<Connection>,
  log: Log,
  everyMilliseconds: number,
): { stop(): void } {
  let running = false

  const accessOf = (token: Bearer['token'], project: string): Promise<Access | undefined> =>
    'secret' in token ? core.authorize(token.secret, project) : core.findAccess({ tokenId: token.id, project })

  async function check(bearers: Connection[]): Promise<void> {
    const { bearer, project } = bearers[0]!
    if (await accessOf(bearer!.token, project)) return
    for (const connection of bearers) connection.close(closeCodes.notAuthenticated, 'the token is no longer valid')
    log.info({ connections: bearers.length }, 'closed stream connections: their token is no longer valid')
  }

  async function recheck(): Promise<void> {
    const groups = [...byToken(connections).values()]
    for (let at = 0; at < groups.length; at += AT_ONCE) await Promise.all(groups.slice(at, at + AT_ONCE).map(check))
  }

  const timer = setInterval(() => {
    if (running) return
    running = true
    recheck()
      .catch((fault: unknown) => log.warn({ err: fault }, 'tokens of stream connections could not be checked'))
      .finally(() => (running = false))
  }, everyMilliseconds)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

function byToken(connections: ReadonlySet<Connection>): Map<string, Connection[]> {
  const grouped = new Map<string, Connection[]>()
  for (const connection of connections) {
    const { bearer, project } = connection
    if (!bearer) continue
    const key = `${project} ${'secret' in bearer.token ? bearer.token.secret : bearer.token.id}`
    const group = grouped.get(key)
    if (group) group.push(connection)
    else grouped.set(key, [connection])
  }
  return grouped
}
