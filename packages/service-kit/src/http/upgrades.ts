import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** One request that asks for a WebSocket; the socket is the taker's from now on, with what was already read of it. */
export type Upgrade = (incoming: IncomingMessage, socket: Socket, head: Buffer) => void

/**
 * Hands requests for a WebSocket over. Node does so with every `Upgrade` header once somebody listens, but a client that
 * merely offers HTTP/2 (`Upgrade: h2c`) wants a plain answer: its request is read once more, without that offer.
 */
export function takeUpgrades(server: Server, upgrade: Upgrade): void {
  server.on('upgrade', (incoming: IncomingMessage, stream, head: Buffer) => {
    const socket = stream as Socket
    if (incoming.headers.upgrade?.toLowerCase() === 'websocket') {
      upgrade(incoming, socket, head)
      return
    }
    socket.unshift(Buffer.concat([Buffer.from(withoutOffer(incoming), 'latin1'), head]))
    server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket)
  })
}

function withoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(rawHeaders[i]!))
      text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`
  }
  return `${text}\r\n`
}
