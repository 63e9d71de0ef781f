import type { OpenSocket, SocketEnd } from './socket.ts'

/** HTTP statuses with which an upgrade is refused for good, as the close codes that mean the same. */
const refusals: Record<number, number> = { 401: 4401, 403: 4403, 404: 4403 }

/** Through the package `ws`, loaded when it is needed: Node before 22 has no WebSocket. The token goes in a header. */
export const openWsSocket: OpenSocket = async ({ url, protocol, token }, events) => {
  const { WebSocket } = await import('ws')
  const headers = token === undefined ? {} : { Authorization: `OAuth ${token}` }
  const ws = new WebSocket(url, [protocol], { headers, perMessageDeflate: false })
  let refused: SocketEnd | undefined
  let broken = ''
  ws.on('open', () => events.opened())
  ws.on('message', (data, isBinary) => events.received(isBinary ? undefined : (data as Buffer).toString()))
  ws.on('unexpected-response', (_request, response) => {
    const { statusCode = 0 } = response
    refused = { code: refusals[statusCode] ?? 1006, reason: `The server answered ${statusCode} instead of an upgrade` }
    response.resume()
    ws.terminate()
  })
  ws.on('error', ({ message }) => (broken = message)) // a close follows, with no reason of its own
  ws.on('close', (code, reason) => events.ended(refused ?? { code, reason: String(reason) || broken }))
  return {
    saysToken: false,
    socket: {
      send: (text) => ws.send(text),
      close: (code, reason) => ws.close(code, reason),
      drop() {
        ws.removeAllListeners('close')
        ws.terminate()
      },
    },
  }
}
