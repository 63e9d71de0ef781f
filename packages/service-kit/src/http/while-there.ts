import type { IncomingMessage } from 'node:http'
import type { Core } from '@weldmq/queue-core'
import { TOKEN_RECHECK_MILLISECONDS } from '../recheck-tokens.ts'
import { tokenOf } from './oauth.ts'

/** The request that waits, and the project that its token opened. */
export type Waiting = { core: Pick<Core, 'authorize'>; incoming: IncomingMessage; project: string }

/**
 * Runs something that may take long; its signal is aborted when the client hangs up (contract v3 R8), and within 5 s of
 * the end of the request's token (security row 8). The connection is watched and not the answer, which is told nothing
 * while it stands behind another one on its connection.
 */
export async function whileThere<T>(waiting: Waiting, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { socket } = waiting.incoming
  const gone = new AbortController()
  const abort = () => gone.abort()
  socket.once('close', abort)
  if (socket.destroyed) abort()
  const recheck = setInterval(() => void isStillValid(waiting).then((is) => is || abort()), TOKEN_RECHECK_MILLISECONDS)
  try {
    return await work(gone.signal)
  } finally {
    clearInterval(recheck)
    socket.off('close', abort)
  }
}

/** Answered from memory as a rule. While the database cannot say, it is. */
async function isStillValid({ core, incoming, project }: Waiting): Promise<boolean> {
  try {
    return (await core.authorize(tokenOf(incoming) ?? '', project)) !== undefined
  } catch {
    return true
  }
}
