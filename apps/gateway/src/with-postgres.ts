import { startEmbeddedPostgres } from '@weldmq/embedded-postgres'
import type { CoreOptions } from '@weldmq/queue-core'
import type { Log } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import type { Gateway } from './serve.ts'

/**
 * Opens a gateway on the database of the settings, else on the embedded Postgres, which is then stopped after it.
 * Asking again to stop waits for the same stop. `settings` are the embedded server's, by their Postgres names.
 */
export async function withPostgres(
  config: Config,
  log: Log,
  settings: Record<string, string>,
  open: (database: CoreOptions['database']) => Promise<Gateway>,
): Promise<Gateway> {
  if (config.database) return stoppedOnce(await open(config.database))
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    settings,
    onEvent: (event) => {
      const trouble = event.kind === 'died' || event.kind === 'restart_failed'
      log[trouble ? 'error' : 'info']({ event }, `embedded Postgres: ${event.kind.replace('_', ' ')}`)
    },
  })
  try {
    return stoppedOnce(await open(postgres.connectionOptions), postgres.stop)
  } catch (fault) {
    await postgres.stop()
    throw fault
  }
}

function stoppedOnce(gateway: Gateway, then?: () => Promise<void>): Gateway {
  let stopping: Promise<void> | undefined
  const stop = async () => {
    await gateway.stop()
    await then?.()
  }
  return { ...gateway, stop: () => (stopping ??= stop()) }
}
