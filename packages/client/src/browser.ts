import { connectWith } from './connect.ts'
import { openWebSocket } from './stream/open-web-socket.ts'

/** The way into everything else, for browsers. Nothing is sent yet. */
export const connect = connectWith(openWebSocket)

export * from './exports.ts'
