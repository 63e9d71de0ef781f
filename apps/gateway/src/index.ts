import { apiAuth } from '@weldmq/api-auth'
import { apiV3 } from '@weldmq/api-v3'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@weldmq/embedded-postgres'
import { type Core, type DurabilityRisk, openCore } from '@weldmq/queue-core'
import { type HttpServer, type Log, type Metrics, createMetrics, httpApp, startHttp } from '@weldmq/service-kit'
import type { Config } from './config.ts'
import { countBatches } from './core-metrics.ts'
import { type Credentials, firstStart } from './first-start.ts'
import { health } from './health.ts'
import { hostGuard } from './host-guard.ts'
import { metricsPage } from './metrics-page.ts'
import { readTls } from './tls.ts'

export { type Config, readConfig } from './config.ts'

export type Gateway = {
  /** With its scheme and real port, and without a slash at the end: what reaches us on this machine. */
  url: string
  credentials: Credentials
  /** Settings of Postgres under which acknowledged messages may be lost. */
  risks: DurabilityRisk[]
  /**
   * Refuses new work, lets what is under way end, long polls with an empty list, and stops the embedded Postgres
   * (promise I25). Asking again waits for the same stop.
   */
  stop(): Promise<void>
}

/** Requests that have not ended by themselves this long after the stop began are cut off. */
const REQUESTS_END_MILLISECONDS = 4000

/** Starts everything in this process: Postgres unless one is given, the core, and every door. */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const tls = config.tls && (await readTls(config.tls))
  const metrics = createMetrics()
  const postgres = config.database ? undefined : await startPostgres(config, log)
  let core: Core | undefined
  try {
    core = await openCore({
      database: postgres?.connectionOptions ?? config.database!,
      onFault: (fault, where) => log.error({ err: fault }, where),
      onBatch: countBatches(metrics.registry),
    }).catch((cause: unknown) => {
      throw new Error(`The database ${postgres ? '' : 'of DATABASE_URL '}cannot be used`, { cause })
    })
    const risks = await core.findDurabilityRisks()
    for (const risk of risks) log.error(risk, 'this setting of Postgres voids promises')
    return await serve({ config, log, metrics, core, postgres, risks, tls })
  } catch (fault) {
    await core?.stop()
    await postgres?.stop()
    throw fault
  }
}

async function startPostgres({ dataDir }: Config, log: Log): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir,
    onEvent: (event) => {
      const trouble = event.kind === 'died' || event.kind === 'restart_failed'
      log[trouble ? 'error' : 'info']({ event }, `embedded Postgres: ${event.kind.replace('_', ' ')}`)
    },
  })
}

type Parts = {
  config: Config
  log: Log
  metrics: Metrics
  core: Core
  postgres: EmbeddedPostgres | undefined
  risks: DurabilityRisk[]
  tls: { cert: Buffer; key: Buffer } | undefined
}

async function serve({ config, log, metrics, core, postgres, risks, tls }: Parts): Promise<Gateway> {
  const witness = { log, metrics }
  const healthPages = health(core, witness)
  const app = httpApp(witness)
    .route('/', apiV3({ core, ...witness, maxBodyBytes: config.maxBodyBytes }))
    .route('/', apiAuth({ core, ...witness }))
    .route('/', healthPages.routes)
    .route('/', metricsPage(core, witness, config.listen))
  const guard = hostGuard(config)

  const http = await startHttp({
    fetch: (request, env) => guard(env.incoming) ?? app.fetch(request, env),
    host: config.listen.host,
    port: config.listen.port,
    tls,
    log,
  })
  const url = reachable(http)
  let credentials: Credentials
  try {
    credentials = await firstStart(core, config, placeOf(config.publicUrl ?? url), log)
  } catch (fault) {
    await http.stop(0)
    throw fault
  }
  log.info({ url, postgres: postgres ? 'embedded' : 'DATABASE_URL' }, 'ready')

  let stopping: Promise<void> | undefined
  async function stop() {
    log.info('stopping')
    healthPages.drain()
    const closed = http.stop(REQUESTS_END_MILLISECONDS)
    core.drain()
    await closed
    await core.stop()
    await postgres?.stop()
    log.info('stopped')
  }
  return { url, credentials, risks, stop: () => (stopping ??= stop()) }
}

/** The address of a server that listens everywhere is no address to send anything to. */
const reachable = ({ url }: HttpServer) => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

function placeOf(base: string) {
  const url = new URL(base)
  const scheme = url.protocol.slice(0, -1)
  return { scheme, host: url.hostname, port: Number(url.port) || (scheme === 'https' ? 443 : 80) }
}
