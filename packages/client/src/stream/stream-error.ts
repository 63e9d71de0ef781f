import { WeldmqError } from '../weldmq-error.ts'
import type { ErrorFrame, ServerFrame } from './frames.ts'
import type { SocketEnd } from './socket.ts'

/** Answers after which connecting again would fail the same way; every other end of a connection is for reconnecting. */
const finalCodes = new Map([
  [1007, 'A frame was not UTF-8'],
  [1009, 'A frame was larger than the server takes'],
  [4400, 'The server did not understand a frame'],
  [4401, 'Wrong or missing credentials'],
  [4403, 'Project, scope or origin refused'],
])

/** What the end of a connection means for whoever was using it. */
export function endError({ code, reason }: SocketEnd): WeldmqError {
  const final = finalCodes.get(code)
  return new WeldmqError(reason || final || `The connection was closed with ${code}`, {
    status: code,
    code: 'lost',
    temporary: final === undefined,
  })
}

/** What the server says no to. An internal error may have come after the work was done. */
export function frameError({ code, msg, temporary, retry_after }: ErrorFrame): WeldmqError {
  return new WeldmqError(msg, {
    code,
    temporary,
    nothingDone: code !== 'internal',
    retryAfterSeconds: retry_after,
  })
}

export const closedError = () => new WeldmqError('The stream is closed', { code: 'closed', nothingDone: true })

/** The frame, unless it says no. */
export function accepted<F extends ServerFrame>(frame: F): Exclude<F, ErrorFrame> {
  if (frame.type === 'error') throw frameError(frame)
  return frame as Exclude<F, ErrorFrame>
}
