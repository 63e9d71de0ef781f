import { type Log, readTls } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import type { Gateway } from './serve.ts'
import { withPostgres } from './with-postgres.ts'
import { openPlaces } from './worker-places.ts'

/** More than a worker's core ever opens, since one that was killed is replaced before Postgres has missed it. */
const CONNECTIONS_PER_WORKER = 20
/** For looks from outside; with one worker this makes what the embedded server takes by default. */
const OTHER_CONNECTIONS = 30

/**
 * Starts `count` processes that serve on one address, on a Postgres that this process starts unless one is given, and
 * answers once all of them take requests. One that ends is replaced: at once, or after a pause of at most 5 s when it
 * did not live long; that never ends before `stop`. Rejects when one says that it cannot start.
 */
export async function startWorkers(config: Config, log: Log, count: number): Promise<Gateway> {
  if (config.tls) await readTls(config.tls) // a mistake in them is said once, and before anything is started
  const connections = OTHER_CONNECTIONS + CONNECTIONS_PER_WORKER * count
  return withPostgres(config, log, { max_connections: String(connections) }, async (database) => {
    const places = openPlaces(config, log, database)
    try {
      const first = await places.fill() // alone, so that it makes the first project and picks the port
      await Promise.all(Array.from({ length: count - 1 }, places.fill))
      places.started()
      log.info({ url: first.url, workers: count }, 'all workers are ready')
      return { ...first, drain: places.drain, stop: places.stop }
    } catch (fault) {
      await places.stop()
      throw fault
    }
  })
}
