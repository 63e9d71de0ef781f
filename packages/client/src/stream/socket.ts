/** How a connection ended: a close code of WebSocket or of stream.md, or 1006 when there was none. */
export type SocketEnd = { code: number; reason: string }

export type SocketEvents = {
  opened(): void
  /** One text frame. */
  received(text: unknown): void
  /** Said once, also of a connection that never came to be. */
  ended(end: SocketEnd): void
}

export type Socket = {
  send(text: string): void
  /** Says goodbye; `ended` follows when the other side has answered. */
  close(code: number, reason: string): void
  /** Ends it without waiting for the other side. */
  drop(): void
}

export type SocketAddress = {
  url: string
  protocol: string
  /** Undefined when credentials do not go with the upgrade. */
  token: string | undefined
}

export type OpenedSocket = {
  socket: Socket
  /** The token found no place in the upgrade, and has to be said in a frame. */
  saysToken: boolean
}

export type OpenSocket = (address: SocketAddress, events: SocketEvents) => Promise<OpenedSocket>
