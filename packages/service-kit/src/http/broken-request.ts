import { STATUS_CODES, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { UnderWay } from './under-way.ts'

/** How long a refused connection may still read our answer before it is cut. */
const lingerMilliseconds = 1000

/**
 * Answers what the HTTP parser refuses, in the same JSON as every other error: 431 for too large headers, 408 for a
 * request that did not arrive in time, else 400. The connection ends, so nothing behind the break is ever parsed
 * (security row 14); an answer to an earlier, complete request on it is still given.
 */
export function answerBrokenRequests(server: Server, underWay: UnderWay): void {
  const refused = new WeakSet<Socket>()
  server.on('clientError', (fault: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket
    if (refused.has(socket)) return
    refused.add(socket)
    if (fault.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    if (underWay.closeAfterLast(socket, 'of whole requests')) return
    const [status, msg] = answers[fault.code ?? ''] ?? [400, 'The request is not valid HTTP']
    const body = JSON.stringify({ msg })
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
    )
    const cut = setTimeout(() => socket.destroy(), lingerMilliseconds).unref()
    socket.once('close', () => clearTimeout(cut))
  })
}

const answers: Record<string, [number, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
}
