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
  /** Calls back once no answer is owed on any connection; at once when that is so already. */
  whenNothingIsOwed(then: () => void): void
}

export function createUnderWay(requestsPerConnection: number): UnderWay {
  // By connection, because an answer that waits behind another one is never told that its connection is gone.
  const owed = new Map<Socket, ServerResponse[]>()
  let count = 0
  let whenNone: (() => void) | undefined

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

  function settle(answered: number) {
    count -= answered
    if (count === 0 && answered > 0) whenNone?.()
  }

  return {
    add(socket, outgoing) {
      let answers = owed.get(socket)
      if (answers === undefined) {
        owed.set(socket, (answers = []))
        socket.once('close', () => {
          settle(owed.get(socket)?.length ?? 0)
          owed.delete(socket)
        })
      } else if (answers.length >= requestsPerConnection) return false
      answers.push(outgoing)
      count++
      outgoing.on('close', () => {
        if (!owed.has(socket)) return // counted as the connection ended
        const at = answers.indexOf(outgoing) // nearly always the first: answers go out in their order
        if (at === -1) return
        answers.splice(at, 1)
        settle(1)
      })
      return true
    },
    closeAfterLast,
    closeAllAfterLast: () => {
      for (const socket of owed.keys()) closeAfterLast(socket)
    },
    whenNothingIsOwed(then) {
      whenNone = then
      if (count === 0) then()
    },
  }
}
