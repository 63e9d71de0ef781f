import { Unavailable } from '../refusal.ts'

/** No connection came about, so nothing was sent. Codes of Node's sockets and of postgres.js. */
const notConnected = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CONNECT_TIMEOUT',
  'CONNECTION_ENDED',
])

/** Said by Postgres before it runs anything: starting up, too many connections. */
const refusedAtLogin = new Set(['57P03', '53300'])

/** The statement was rolled back, and another try may fare better: disk full, no memory, timeout, standby, deadlock. */
const rolledBackForNow = new Set(['53100', '53200', '57014', '25006', '40001', '40P01', '55P03'])

const codeOf = (fault: unknown) => (fault as { code?: string } | undefined)?.code ?? ''

/** True when Postgres itself said that the statement failed, so that its transaction surely left nothing. */
export const isRolledBack = (fault: unknown): boolean =>
  (fault as { severity?: string } | undefined)?.severity === 'ERROR'

/** Postgres ended a circle of waits by giving up this statement. */
export const isDeadlock = (fault: unknown): boolean => codeOf(fault) === '40P01'

/**
 * What to throw at a caller: `Unavailable` when nothing was stored and it may try again, otherwise the fault as it is.
 * A connection that broke with a statement under way leaves the outcome unknown and is never `Unavailable` (I7).
 */
export function faultFor(fault: unknown): unknown {
  const code = codeOf(fault)
  if (notConnected.has(code) || refusedAtLogin.has(code)) {
    return new Unavailable('The database cannot be reached', { cause: fault })
  }
  if (isRolledBack(fault) && rolledBackForNow.has(code)) {
    return new Unavailable('The database could not do this now', { cause: fault })
  }
  return fault
}

/** Turns what went wrong below into what a caller may rely on: `Unavailable`, or an unknown outcome. */
export function faultsNamed<Command extends unknown[], Answer>(operation: (...command: Command) => Promise<Answer>) {
  return async (...command: Command): Promise<Answer> => {
    try {
      return await operation(...command)
    } catch (fault) {
      throw faultFor(fault)
    }
  }
}
