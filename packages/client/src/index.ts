import { connectWith } from './connect.ts'
import { hasWebSocket, openWebSocket } from './stream/open-web-socket.ts'
import { openWsSocket } from './stream/open-ws-socket.ts'

/** The way into everything else, for Node: with its own WebSocket where there is one. Nothing is sent yet. */
export const connect = connectWith(hasWebSocket() ? openWebSocket : openWsSocket)

export * from './exports.ts'
