import type { OpenSocket } from './socket.ts'

/** As much of the browser's WebSocket as is used here; Node 22 and newer have the same. */
type WebSocketLike = {
  send(text: string): void
  close(code?: number, reason?: string): void
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  onerror: (() => void) | null
}
type WebSocketMaker = new (url: string, protocols: string[]) => WebSocketLike

export const hasWebSocket = (): boolean => 'WebSocket' in globalThis

/**
 * Through the WebSocket of the platform, which can set no headers: the token is an element of the subprotocol, or, when
 * it has characters that cannot stand there, the caller's to say.
 */
export const openWebSocket: OpenSocket = async ({ url, protocol, token }, events) => {
  const Maker = (globalThis as unknown as { WebSocket: WebSocketMaker }).WebSocket
  const fits = token !== undefined && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(token)
  const web = new Maker(url, fits ? [protocol, `oauth.${token}`] : [protocol])
  web.onopen = () => events.opened()
  web.onmessage = ({ data }) => events.received(data)
  web.onclose = ({ code, reason }) => events.ended({ code, reason })
  web.onerror = () => {} // says nothing; a close follows
  const forget = () => {
    web.onopen = web.onmessage = web.onclose = null
  }
  return {
    saysToken: token !== undefined && !fits,
    socket: {
      send: (text) => web.send(text),
      close: (code, reason) => web.close(code, reason),
      drop() {
        forget()
        web.close()
      },
    },
  }
}
