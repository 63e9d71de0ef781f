import { apiAuth } from '@weldmq/api-auth'
import { apiV2 } from '@weldmq/api-v2'
import { apiV3 } from '@weldmq/api-v3'
import { type Beanstalk, startBeanstalk } from '@weldmq/beanstalk'
import { type Pusher, startPusher } from '@weldmq/pusher'
import { type Core, type CoreOptions, type DurabilityRisk, openCore } from '@weldmq/queue-core'
import { type HttpServer, type Log, type Metrics, type Tls, httpApp, startHttp } from '@weldmq/service-kit'
import { livePage, openStreamDoor, ticketRoute, ticketShown } from '@weldmq/stream'
import type { Config } from './config.ts'
import { countBatches } from './core-metrics.ts'
import { type Credentials, firstStart } from './first-start.ts'
import { health } from './health.ts'
import { hostGuard } from './host-guard.ts'
import { metricsPage } from './metrics-page.ts'

/** Requests that have not ended by themselves this long after the stop began are cut off. */
const REQUESTS_END_MILLISECONDS = 4000

/** Sockets of the stream are among them, and there may be 15,000 of these. */
const CONNECTIONS = 25_000

export type Gateway = {
  /** With its scheme and real port, and without a slash at the end: what reaches us on this machine. */
  url: string
  /** `host:port` of each listener for beanstalk clients. */
  beanstalk: string[]
  credentials: Credentials
  /** Settings of Postgres under which acknowledged messages may be lost. */
  risks: DurabilityRisk[]
  /** Takes no more messages, and hands out, and lets be finished, what is there; there is no way back. */
  drain(): void
  /** Refuses new work, lets what is under way end, and long polls with an empty list (promise I25). Ask once. */
  stop(): Promise<void>
}

export type ServeOptions = {
  config: Config
  log: Log
  metrics: Metrics
  database: CoreOptions['database']
  tls: Tls | undefined
}

/** Opens the core on a database, and every door to it in this process. */
export async function serve(options: ServeOptions): Promise<Gateway> {
  const { config, log, metrics, database } = options
  const core = await openCore({
    database,
    onFault: (fault, where) => log.error({ err: fault }, where),
    onBatch: countBatches(metrics.registry),
  }).catch((cause: unknown) => {
    throw new Error(`The database ${config.database ? 'of DATABASE_URL ' : ''}cannot be used`, { cause })
  })
  try {
    const risks = await core.findDurabilityRisks()
    for (const risk of risks) log.error(risk, 'this setting of Postgres voids promises')
    return { ...(await openDoors(core, options)), risks }
  } catch (fault) {
    await core.stop()
    throw fault
  }
}

async function openDoors(core: Core, { config, log, metrics, tls }: ServeOptions): Promise<Omit<Gateway, 'risks'>> {
  const witness = { log, metrics }
  const limits = { maxBodyBytes: config.maxBodyBytes, ackTokens: config.ackTokens }
  const healthPages = health(core, witness)
  const app = httpApp(witness)
    .route('/', apiV3({ core, ...witness, ...limits, beside: [ticketShown] }))
    .route('/', apiV2({ core, ...witness, ...limits }))
    .route('/', apiAuth({ core, ...witness }))
    .route('/', ticketRoute({ core, ...witness }))
    .route('/', healthPages.routes)
    .route('/', metricsPage(core, witness, config.listen))
  // Whoever can reach it on this machine may try the stream in a browser; elsewhere nobody is shown a page of ours.
  if (config.listen.loopback) app.route('/', livePage(witness))
  const guard = hostGuard(config)
  const stream = openStreamDoor({ core, config: config.stream, maxBodyBytes: config.maxBodyBytes, ...witness })

  const http = await startHttp({
    fetch: (request, env) => guard(env.incoming) ?? app.fetch(request, env),
    host: config.listen.host,
    port: config.listen.port,
    tls,
    log,
    limits: { connections: CONNECTIONS },
    upgrade: (incoming, socket, head) => stream.upgrade(incoming, socket, head, guard(incoming)?.status),
  })
  const url = reachable(http)
  let credentials: Credentials
  let beanstalk: Beanstalk
  let pusher: Pusher | undefined
  try {
    credentials = await firstStart(core, config, placeOf(config.publicUrl ?? url), log)
    beanstalk = await startBeanstalk({
      core,
      config: config.beanstalk,
      project: credentials.projectId,
      tls,
      log,
      metrics,
    })
    const publicUrl = config.publicUrl ?? url
    const linePorts = beanstalk.addresses.map((address) => Number(address.slice(address.lastIndexOf(':') + 1)))
    if (config.push.enabled) pusher = startPusher({ core, config: config.push, publicUrl, log, metrics, linePorts })
  } catch (fault) {
    await Promise.all([stream.stop(), http.stop(0)])
    throw fault
  }
  log.info({ url, beanstalk: beanstalk.addresses, postgres: config.database ? 'DATABASE_URL' : 'embedded' }, 'ready')

  function drain() {
    log.warn('draining: no more messages are taken until a restart')
    core.closePosts()
    beanstalk.drain()
  }

  async function stop() {
    log.info('stopping')
    healthPages.drain()
    const ends = [
      http.stop(REQUESTS_END_MILLISECONDS),
      beanstalk.stop(),
      stream.stop(),
      pusher?.stop() ?? Promise.resolve(),
    ]
    const closed = Promise.all(ends)
    core.drain()
    await closed
    await core.stop()
    log.info('stopped')
  }
  return { url, beanstalk: beanstalk.addresses, credentials, drain, stop }
}

/** The address of a server that listens everywhere is no address to send anything to. */
const reachable = ({ url }: HttpServer) => url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')

function placeOf(base: string) {
  const url = new URL(base)
  const scheme = url.protocol.slice(0, -1)
  return { scheme, host: url.hostname, port: Number(url.port) || (scheme === 'https' ? 443 : 80) }
}
