import type { IncomingMessage } from 'node:http'
import { HttpRefusal } from './http-refusal.ts'
import { tokenOf } from './oauth.ts'

/**
 * Runs work that needs no token for a request that has none. Undefined when it has one, good or bad, and when what it
 * sends is refused: the caller then goes on as ever, so that nobody without a token sees another answer than 401.
 */
export async function askedWithoutToken<T>(incoming: IncomingMessage, work: () => Promise<T>): Promise<T | undefined> {
  if (tokenOf(incoming) !== undefined) return undefined
  try {
    return await work()
  } catch (fault) {
    if (fault instanceof HttpRefusal) return undefined
    throw fault
  }
}
