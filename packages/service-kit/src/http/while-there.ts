import type { IncomingMessage } from 'node:http'

/**
 * Runs something that may take long; its signal is aborted when the client hangs up (contract v3 R8). The connection is
 * watched and not the answer, which is told nothing while it stands behind another one on its connection.
 */
export async function whileThere<T>(
  { socket }: IncomingMessage,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController()
  const abort = () => gone.abort()
  socket.once('close', abort)
  if (socket.destroyed) abort()
  try {
    return await work(gone.signal)
  } finally {
    socket.off('close', abort)
  }
}
