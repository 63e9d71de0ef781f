import { type IncomingMessage, type Server, type ServerOptions, type ServerResponse, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { RequestError } from '@hono/node-server'
import type { Log } from '../log.ts'
import { answerBrokenRequests } from './broken-request.ts'
import { answerFault } from './endpoint.ts'
import { limitConnections } from './connection-limits.ts'
import { jsonHeaders, message } from './json.ts'
import { type Fetch, listenerOf } from './listener.ts'
import { overrideMethod } from './method-override.ts'
import { createUnderWay } from './under-way.ts'
import { type Upgrade, takeUpgrades } from './upgrades.ts'

export type HttpOptions = {
  fetch: Fetch
  host: string
  /** 0 lets the system choose. */
  port: number
  /** PEM texts; with them the server speaks HTTPS. */
  tls?: { cert: string | Buffer; key: string | Buffer } | undefined
  log: Log
  limits?: Partial<HttpLimits>
  /** Takes over requests that ask for a WebSocket; left out, these are answered like any other. */
  upgrade?: Upgrade
}

/** Node's own defaults are no limits (security row 13). */
export type HttpLimits = typeof defaultLimits
const defaultLimits = {
  headerBytes: 16_384,
  /** For all headers of a request to arrive; for a TLS handshake too. */
  headersMilliseconds: 10_000,
  /** For the whole request to arrive; how long the answer takes is not in it. */
  requestMilliseconds: 30_000,
  /** Longer than the longest long poll, so that pools of clients never meet a reset (contract v3 H23). */
  idleMilliseconds: 75_000,
  connections: 10_000,
  connectionsPerAddress: 4_000,
  /** Sent ahead without waiting for their answers. */
  requestsPerConnection: 100,
}

export type HttpServer = {
  /** `host:port`, with the port the system chose. */
  address: string
  port: number
  /** With its scheme and without a slash at the end. */
  url: string
  /**
   * Stops accepting, lets answers under way end with `Connection: close`, and closes what is left by force after
   * `forceAfterMilliseconds`.
   */
  stop(forceAfterMilliseconds?: number): Promise<void>
}

/** Serves `fetch` over HTTP/1.1. Rejects with a sentence that names the address when it cannot listen there. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const limits = { ...defaultLimits, ...options.limits }
  const underWay = createUnderWay(limits.requestsPerConnection)
  let stopping = false

  const serverOptions: ServerOptions = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMilliseconds,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.idleMilliseconds,
    connectionsCheckingInterval: Math.min(1000, limits.headersMilliseconds),
    requireHostHeader: false, // Node would say its 400 without a body
    insecureHTTPParser: false,
    noDelay: true,
  }
  const server = options.tls
    ? createTlsServer({ ...serverOptions, ...options.tls, handshakeTimeout: limits.headersMilliseconds })
    : createServer(serverOptions)

  const answer = listenerOf(options.fetch, (fault) =>
    fault instanceof RequestError ? message(400, 'The request target is malformed') : answerFault(fault, options.log),
  )
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!underWay.add(incoming.socket, outgoing)) {
      incoming.socket.destroy()
      return
    }
    if (stopping) underWay.closeAfterLast(incoming.socket)
    const refusal = refusalBeforeRouting(incoming)
    if (refusal === undefined) answer(incoming, outgoing)
    else writeMessage(outgoing, 400, refusal)
  }
  server.on('request', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.writeContinue()
    onRequest(incoming, outgoing)
  })
  if (options.upgrade) takeUpgrades(server, options.upgrade)
  answerBrokenRequests(server, underWay)
  limitConnections(server, limits)

  await listen(server, options.host, options.port)
  const { address, family, port } = server.address() as AddressInfo
  const host = `${family === 'IPv6' ? `[${address}]` : address}:${port}`
  return {
    address: host,
    port,
    url: `${options.tls ? 'https' : 'http'}://${host}`,
    async stop(forceAfterMilliseconds = 8000) {
      stopping = true
      underWay.closeAllAfterLast()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // Node counts a connection that has not asked for anything yet as busy.
      underWay.whenNothingIsOwed(() => server.closeAllConnections())
      const force = setTimeout(() => server.closeAllConnections(), forceAfterMilliseconds)
      await closed
      clearTimeout(force)
    },
  }
}

function refusalBeforeRouting(incoming: IncomingMessage): string | undefined {
  const { host, 'transfer-encoding': coding } = incoming.headers
  if (host === undefined && incoming.httpVersion === '1.1') return 'The Host header is required'
  // Node takes the first of two, a proxy before us perhaps the other (security row 14).
  if (isThereTwice(incoming.rawHeaders, 'host')) return 'There must be one Host header'
  // Node takes any list that ends with chunked, and leaves the rest of it in the body.
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return 'Transfer-Encoding must be chunked'
  return overrideMethod(incoming)
}

function isThereTwice(rawHeaders: string[], name: string): boolean {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length === name.length && rawHeaders[i]!.toLowerCase() === name) count++
  }
  return count > 1
}

function writeMessage(outgoing: ServerResponse, status: number, msg: string): void {
  const body = JSON.stringify({ msg })
  outgoing.writeHead(status, { ...jsonHeaders, 'Content-Length': Buffer.byteLength(body) }).end(body)
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (fault: NodeJS.ErrnoException) => {
      const why = reasons[fault.code ?? ''] ?? fault.message
      reject(new Error(`Cannot listen on ${host}:${port}: ${why}`, { cause: fault }))
    })
    server.listen(port, host, resolve)
  })
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'another program already uses that address',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not use that port',
  ENOTFOUND: 'the host name is not known',
}
