import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type Log = Logger

/** Names under which a secret may travel in a log record; they are printed as `[redacted]` (security row 10). */
const secrets = ['token', 'secret', 'password', 'authorization', 'oauth', 'idempotencyKey']
/** What errors hold of the data that they are about: rows and values in Postgres's, a whole URL in Node's. */
const inErrors = ['detail', 'where', 'query', 'parameters', 'args', 'input']

/**
 * The log of a program: for people on a terminal, one JSON object per line otherwise. Control characters in values are
 * escaped by JSON (security row 27); `destination` is for tests.
 */
export function openLog(options: { name: string; level: string; destination?: DestinationStream }): Log {
  const paths = [
    ...secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
    ...inErrors.map((name) => `err.${name}`),
  ]
  const destination =
    options.destination ?? (process.stdout.isTTY ? pretty({ ignore: 'pid,hostname' }) : pino.destination(1))
  return pino({ name: options.name, level: options.level, redact: { paths, censor: '[redacted]' } }, destination)
}
