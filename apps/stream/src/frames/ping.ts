import { frame } from '../write-frame.ts'
import type { Handler } from './handler.ts'

/** For clients that cannot see the pings of WebSocket, as in a browser. */
export const ping: Handler = (connection, { t }, re) => connection.send(frame('pong', re, { t }))

/** An answer to nothing; that it came is a sign of life. */
export const pong: Handler = () => {}
