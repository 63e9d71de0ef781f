import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The answers that are still owed, in the order of their requests, for each open connection. */
export type UnderWay = {
  /** False when the connection has as many already as it may have. */
  add(socket: Socket, outgoing: ServerResponse): boolean
  /**
   * Ends the connection behind the last answer it owes, or the last one whose request has arrived as a whole; the
   * answers before it are still given. False when it owes none of these.
   */
  closeAfterLast(socket: Socket, which?: 'of whole requests'): boolean
  closeAllAfterLast(): void
}

export function createUnderWay(requestsPerConnection: number): UnderWay {
  // By connection, because an answer that waits behind another one is never told that its connection is gone.
  const owed = new Map<Socket, Set<ServerResponse>>()

  function closeAfterLast(socket: Socket, which?: 'of whole requests') {
    const answers = [...(owed.get(socket) ?? [])].filter((outgoing) => which === undefined || outgoing.req.complete)
    const last = answers.pop()
    if (last === undefined) return false
    for (const earlier of answers) earlier.shouldKeepAlive = true
    last.shouldKeepAlive = false
    // Its headers are written already, perhaps only to wait behind another answer.
    if (last.headersSent) last.once('close', () => socket.destroySoon())
    return true
  }

  return {
    add(socket, outgoing) {
      let answers = owed.get(socket)
      if (answers === undefined) {
        owed.set(socket, (answers = new Set()))
        socket.once('close', () => owed.delete(socket))
      } else if (answers.size >= requestsPerConnection) return false
      answers.add(outgoing)
      outgoing.on('close', () => answers.delete(outgoing))
      return true
    },
    closeAfterLast,
    closeAllAfterLast: () => {
      for (const socket of owed.keys()) closeAfterLast(socket)
    },
  }
}
