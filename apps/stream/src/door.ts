import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Core } from '@weldmq/queue-core'
import { type Log, type Metrics, type Upgrade, pathOf, recheckTokens } from '@weldmq/service-kit'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeCodes } from './close-codes.ts'
import type { StreamConfig } from './config.ts'
import { Connection, type Shared } from './connection.ts'
import { createGate, credentialsOf } from './gate.ts'
import { startHeartbeats } from './heartbeats.ts'
import { type StreamLimits, defaultLimits } from './limits.ts'
import { countStream } from './metrics.ts'
import { isOriginAllowed } from './origin.ts'
import { createShares } from './shares.ts'
import { startStates } from './states.ts'

export type StreamOptions = {
  core: Core
  config: StreamConfig
  /** Bytes of one message's body that is posted. */
  maxBodyBytes?: number
  log: Log
  metrics: Metrics
  limits?: Partial<StreamLimits>
}

export type StreamDoor = {
  /** Takes over requests for `/3/projects/{id}/stream`; those that somebody else refuses with a status get that. */
  upgrade(...taken: [...Parameters<Upgrade>, refusedWith?: number]): void
  /** What waits to be read by clients, the longest of all connections. */
  waitingBytes(): number
  /**
   * Tells every client that it is time to go, hands out nothing more, and closes each connection once it holds nothing;
   * what is left after a few seconds by force. To be called before the HTTP server waits for its sockets.
   */
  stop(): Promise<void>
}

/** The one subprotocol that is spoken. */
const SUBPROTOCOL = 'weldmq.v1.json'

/** Opens the door for live consumers and producers; the HTTP server it shares is somebody else's. */
export function openStreamDoor(options: StreamOptions): StreamDoor {
  const { core, config, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const connections = new Set<Connection>()
  const heartbeats = startHeartbeats(limits.heartbeatSeconds)
  const recheck = recheckTokens({
    core,
    log,
    what: 'stream connections',
    holders: connections,
    heldBy: ({ bearer, project }) => bearer && { token: bearer.token, project },
    end: (connection) => connection.close(closeCodes.notAuthenticated, 'the token is no longer valid'),
    everyMilliseconds: limits.recheckMilliseconds,
  })
  const states = startStates(core, connections, log)
  const notDeclared = { closeTimeout: limits.closeMilliseconds } // `ws` takes it, its declarations lag behind
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // it costs more than everything else a frame does, and memory for each connection
    maxPayload: limits.frameBytes,
    maxFragments: 1024, // of one frame, each of which costs an object; empty ones count
    ...notDeclared,
    handleProtocols: () => SUBPROTOCOL,
  })
  let stopping = false
  let whenEmpty: (() => void) | undefined

  const shared: Shared = {
    core,
    gate: createGate(core),
    shares: createShares(limits.connectionsPerProject),
    limits,
    maxBodyBytes: options.maxBodyBytes ?? 262_144,
    log,
    metrics: countStream(options.metrics, connections),
    onOpen: heartbeats.add,
    onEnd(connection) {
      heartbeats.delete(connection)
      connections.delete(connection)
      if (connections.size === 0) whenEmpty?.()
    },
  }

  function accept(socket: WebSocket, project: string, start: (connection: Connection) => void): void {
    const connection = new Connection(shared, { socket, project, id: randomBytes(8).toString('hex') })
    connections.add(connection)
    start(connection)
  }

  /** What a browser is to learn it is told by a close code: it shows nothing of a refused upgrade. */
  const upgrade: StreamDoor['upgrade'] = (incoming, socket, head, refusedWith) => {
    const project = /^\/3\/projects\/([^/]+)\/stream$/.exec(pathOf(incoming))?.[1]
    const offered = (incoming.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
    if (refusedWith !== undefined) refuseUpgrade(socket, refusedWith, 'This host name is not served here')
    else if (project === undefined) refuseUpgrade(socket, 404, 'Not found')
    else if (!offered.includes(SUBPROTOCOL)) refuseUpgrade(socket, 400, `The subprotocol ${SUBPROTOCOL} is required`)
    else {
      const isAllowed = isOriginAllowed(incoming, config)
      const credentials = credentialsOf(incoming)
      server.handleUpgrade(incoming, socket, head, (opened) =>
        accept(opened, project, (connection) => {
          if (stopping) connection.close(closeCodes.leaving, 'stopping')
          else if (!isAllowed) connection.close(closeCodes.refused, 'origin refused')
          else if (connections.size > limits.connections) connection.close(closeCodes.tooMany, 'too many connections')
          else connection.arrive(credentials, socket)
        }),
      )
    }
  }

  return {
    upgrade,
    waitingBytes: () => Math.max(0, ...[...connections].map((connection) => connection.waitingBytes)),
    async stop() {
      stopping = true
      recheck.stop()
      states.stop()
      const empty = new Promise<void>((resolve) => (whenEmpty = resolve))
      for (const connection of connections) connection.go(limits.goingSeconds)
      const force = setTimeout(() => {
        for (const connection of connections) connection.leave()
      }, limits.goingSeconds * 1000)
      if (connections.size > 0) await empty
      clearTimeout(force)
      heartbeats.stop()
    },
  }
}

function refuseUpgrade(socket: Parameters<Upgrade>[1], status: number, msg: string): void {
  const body = JSON.stringify({ msg })
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy()) // whether or not the peer closes its side
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
