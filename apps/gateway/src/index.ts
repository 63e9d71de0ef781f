import { type Log, createMetrics, readTls } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import { type Gateway, serve } from './serve.ts'
import { withPostgres } from './with-postgres.ts'

export { type Config, readConfig } from './config.ts'
export type { Gateway } from './serve.ts'

/** Starts everything in this process: Postgres unless one is given, the core, and every door. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const tls = config.tls && (await readTls(config.tls))
  const metrics = createMetrics()
  return withPostgres(config, log, {}, (database) => serve({ config, log, metrics, database, tls }))
}
