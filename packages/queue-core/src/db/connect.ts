import postgres from 'postgres'
import type { CoreOptions } from '../core.ts'

export type Sql = postgres.Sql<{ bigint: number }>
export type Transaction = postgres.TransactionSql<{ bigint: number }>
/** For statements that run alone as well as inside a transaction. */
export type AnySql = postgres.ISql<{ bigint: number }>

/**
 * What the statements of the ready line need, beside their form: a generic plan that was made while the table was
 * empty must not be able to scan it (trap T3 of the line's README).
 */
const pinned = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
}

export type Pool = {
  /** Connections at most. */
  max: number
  pinned: boolean
  /** Shown in pg_stat_activity. */
  name: string
  /** Seconds after which a statement is given up; none for migrations and the purge. */
  statementTimeoutSeconds?: number
  /** Seconds after which Postgres ends a connection that says nothing, for one whose end means something to others. */
  idleTimeoutSeconds?: number
  onClose?: () => void
  /** Hears what is notified on the channels that a connection of this pool listens to. */
  onNotify?: (channel: string, payload: string) => void
}

/** Opens nothing yet: connections come with the first statements, and come back by themselves when they are lost. */
export function connect(database: CoreOptions['database'], pool: Pool): Sql {
  const options = {
    max: pool.max,
    // Ids and counts stay below 2^53, so a plain number holds them.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
    connection: {
      application_name: pool.name,
      TimeZone: 'UTC',
      jit: 'off',
      idle_in_transaction_session_timeout: 60_000,
      ...(pool.statementTimeoutSeconds ? { statement_timeout: pool.statementTimeoutSeconds * 1000 } : {}),
      ...(pool.idleTimeoutSeconds ? { idle_session_timeout: pool.idleTimeoutSeconds * 1000 } : {}),
      ...(pool.pinned ? pinned : {}),
    },
    // A server that is just dying may take a connection and never speak.
    connect_timeout: 2,
    // The default waits up to 20 s between attempts; after a restart of Postgres we want to be back at once.
    backoff: () => 0.2,
    max_lifetime: null,
    onnotice: () => {},
    ...(pool.onClose ? { onclose: pool.onClose } : {}),
    ...(pool.onNotify ? { onnotify: pool.onNotify } : {}),
  } satisfies postgres.Options<{ bigint: postgres.PostgresType<number> }>
  if (!('url' in database)) return postgres({ ...database, ...options }) as unknown as Sql
  const { url, host } = readUrl(database.url)
  return postgres(url, { ...options, ...(host ? { host } : {}) }) as unknown as Sql
}

/** Takes the folder of a socket out of `postgres://user@/name?host=/run/postgresql`, which the driver does not know. */
export function readUrl(url: string): { url: string; host: string | undefined } {
  const host = /[?&]host=([^&]*)/.exec(url)?.[1]
  if (!host) return { url, host: undefined }
  const rest = url.replace(/([?&])host=[^&]*&?/, '$1').replace(/[?&]$/, '')
  // A URL may not have a user and no host; the name does not matter, since the folder goes before it.
  return { url: rest.replace(/^(\w+:\/\/(?:[^@/?]*@)?)(?=[/?]|$)/, '$1localhost'), host: decodeURIComponent(host) }
}
