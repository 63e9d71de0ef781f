import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { HttpRefusal } from './http-refusal.ts'
import { tokenOf } from './oauth.ts'

/** A guess is answered at whole tenths of a second: how long looking took tells nothing of what is there (security row 3). */
const GUESS_MILLISECONDS = 100

/**
 * Runs work that needs no token for a request that has none; the work answers false when that was only a guess.
 * Undefined for a guess, for a request with a token, good or bad, and when what was sent is refused: the caller then
 * goes on as ever, so that nobody without a token sees another answer than 401.
 */
export async function askedWithoutToken<T extends object>(
  incoming: IncomingMessage,
  work: () => Promise<T | false>,
): Promise<T | undefined> {
  if (tokenOf(incoming) !== undefined) return undefined
  const start = performance.now()
  try {
    const answer = await work()
    if (answer) return answer
  } catch (fault) {
    if (!(fault instanceof HttpRefusal)) throw fault
  }
  const took = performance.now() - start
  await pause(Math.ceil(took / GUESS_MILLISECONDS) * GUESS_MILLISECONDS - took)
  return undefined
}
