import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { type Core, Unavailable } from '@weldmq/queue-core'
import { type Log, type Metrics, TOKEN_RECHECK_MILLISECONDS, recheckTokens } from '@weldmq/service-kit'
import { type Client, newClient } from './client.ts'
import type { BeanstalkConfig, ListenerConfig } from './config.ts'
import { Connection } from './connection.ts'
import { type Counts, newCounts } from './counts.ts'
import { newFacts } from './facts.ts'
import { type Admission, Gate } from './gate.ts'
import { countBeanstalk } from './metrics.ts'

export type BeanstalkLimits = typeof defaultLimits
export const defaultLimits = {
  /** Open at once on one listener; more are closed before a byte of theirs is read. */
  connections: 20_000,
  /** For a login to succeed where one is required (contract 15.6). */
  loginMilliseconds: 10_000,
  /** Between two looks at the tokens that connections logged in with. */
  recheckMilliseconds: TOKEN_RECHECK_MILLISECONDS,
}

const KEEP_ALIVE_MILLISECONDS = 60_000
const STOP_MILLISECONDS = 4000

export type BeanstalkOptions = {
  core: Pick<Core, 'authorize' | 'findAccess' | 'openSession'>
  config: BeanstalkConfig
  /** Where connections are that did not log in, on listeners that name no project. */
  project: string | undefined
  /** PEM; for the listeners that ask for it. */
  tls?: { cert: string | Buffer; key: string | Buffer } | undefined
  log: Log
  metrics?: Metrics
  limits?: Partial<BeanstalkLimits>
}

export type Beanstalk = {
  /** `host:port` of each listener, in the order of the settings, with the ports that the system chose. */
  addresses: string[]
  /** From now on puts are answered `DRAINING`; everything else goes on. There is no way back. */
  drain(): void
  /** Stops listening and closes every connection once the command it is in has been answered; after 4 s by force. */
  stop(): Promise<void>
}

/** Opens the door for beanstalk clients. Rejects with a sentence that names the address when it cannot listen there. */
export async function startBeanstalk(options: BeanstalkOptions): Promise<Beanstalk> {
  const { core, config, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const facts = newFacts(config)
  const projects = new Map<string, Counts>()
  const connections = new Set<Connection>()
  const onCommand = options.metrics ? countBeanstalk(options.metrics, connections) : () => {}

  const countsOf = (project: string): Counts => {
    const known = projects.get(project)
    if (known) return known
    const counts = newCounts()
    projects.set(project, counts)
    return counts
  }

  function onFault(fault: unknown, command: string): void {
    if (fault instanceof Unavailable) log.warn({ err: fault, command }, 'the database is away from a beanstalk command')
    else log.error({ err: fault, command }, 'a beanstalk command failed')
  }

  const admit = ({ project, scopes }: Admission, inputEnded: boolean): Client =>
    newClient({
      session: core.openSession({ project }),
      project,
      counts: countsOf(project),
      facts,
      scopes,
      inputEnded,
      onFault,
    })

  function accept(listener: ListenerConfig, socket: Socket): void {
    const connection: Connection = new Connection({
      socket,
      gate: new Gate({
        mode: listener.mode,
        project: listener.mode === 'required' ? undefined : (listener.project ?? options.project),
        authorize: core.authorize,
        log,
        address: socket.remoteAddress,
      }),
      loginMilliseconds: listener.mode === 'required' ? limits.loginMilliseconds : undefined,
      strict: listener.strict,
      maxJobBytes: config.maxJobBytes,
      admit,
      onFault,
      onHttp: () => log.warn({ address: socket.remoteAddress }, 'closed a beanstalk connection that spoke HTTP'),
      onCommand,
      onEnd: () => void connections.delete(connection),
    })
    connections.add(connection)
  }

  const servers: Server[] = []
  const closeServers = () => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  try {
    for (const listener of config.listeners) {
      const server = open(listener, options.tls, (socket) => accept(listener, socket))
      server.maxConnections = limits.connections
      await listen(server, listener)
      server.on('error', (fault) => log.error({ err: fault }, 'a beanstalk listener failed'))
      servers.push(server)
    }
  } catch (fault) {
    await closeServers()
    throw fault
  }
  const recheck = recheckTokens({
    core,
    log,
    what: 'beanstalk connections',
    holders: connections,
    heldBy: ({ login }) => login && { token: { secret: login.token }, project: login.project },
    end: (connection) => connection.destroy(),
    everyMilliseconds: limits.recheckMilliseconds,
  })

  return {
    addresses: servers.map(addressOf),
    drain: () => void (facts.draining = true),
    async stop() {
      facts.draining = true
      recheck.stop()
      const closed = closeServers()
      for (const connection of connections) connection.stop()
      const force = setTimeout(() => {
        for (const connection of connections) connection.destroy()
      }, STOP_MILLISECONDS)
      await closed
      clearTimeout(force)
    },
  }
}

function open(listener: ListenerConfig, tls: BeanstalkOptions['tls'], accept: (socket: Socket) => void): Server {
  // Half-open: a client that has said all it had to say is still answered (contract 9.3).
  const socketOptions = {
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS,
  }
  if (listener.tls && !tls) throw new Error('A beanstalk listener asks for TLS, but there is no certificate')
  const server =
    listener.tls && tls
      ? createTlsServer({ ...socketOptions, ...tls, handshakeTimeout: 10_000 }, accept)
      : createServer(socketOptions, accept)
  return server
}

function listen(server: Server, { host, port }: ListenerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (fault: NodeJS.ErrnoException) => {
      const why = fault.code === 'EADDRINUSE' ? 'another program already uses that address' : fault.message
      reject(
        new Error(`Cannot listen on ${host}:${port} for beanstalk: ${why} (WELDMQ_BEANSTALK_LISTEN)`, { cause: fault }),
      )
    })
    server.listen(port, host, resolve)
  })
}

function addressOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
