import type { Core } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Connection } from './connection.ts'

/**
 * Asks again for each token that connections logged in with, and closes those whose token is no longer valid, after
 * `everyMilliseconds` and what an answer about a token may be old (contract 15.11). While the database cannot say, they stay.
 */
export function recheckLogins(
  core: Pick<Core, 'authorize'>,
  connections: ReadonlySet<Connection>,
  log: Log,
  everyMilliseconds: number,
): { stop(): void } {
  let running = false

  async function recheck(): Promise<void> {
    for (const [token, byProject] of loginsOf(connections)) {
      for (const [project, bearers] of byProject) {
        const access = await core.authorize(token, project)
        for (const connection of bearers) {
          if (access) connection.setScopes(access.scopes)
          else connection.destroy()
        }
        if (!access) log.info({ connections: bearers.length }, 'closed beanstalk connections: their token was revoked')
      }
    }
  }

  const timer = setInterval(() => {
    if (running) return
    running = true
    recheck()
      .catch((fault: unknown) => log.warn({ err: fault }, 'tokens of beanstalk connections could not be checked'))
      .finally(() => (running = false))
  }, everyMilliseconds)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

function loginsOf(connections: ReadonlySet<Connection>): Map<string, Map<string, Connection[]>> {
  const byToken = new Map<string, Map<string, Connection[]>>()
  for (const connection of connections) {
    if (!connection.login) continue
    const { token, project } = connection.login
    const byProject = byToken.get(token) ?? new Map<string, Connection[]>()
    byToken.set(token, byProject.set(project, [...(byProject.get(project) ?? []), connection]))
  }
  return byToken
}
