import type { Sql } from '../db/connect.ts'
import type { Scope } from './token.ts'

type Row = {
  /** SHA-256 of the secret, in hex. */
  hash: string
  tokenId: string
  admin: boolean
  projects: string[]
  scopes: Scope[]
  /** Until the token expires; null when it does not. */
  validMilliseconds: number | null
  /** Since the last use that was written down; null when there was none. */
  idleMilliseconds: number | null
}

/** Those of the given secrets that are tokens and have not expired, judged by the database's clock. */
export const selectValid = (sql: Sql, hashes: string[]) => sql<Row[]>`
  select encode(hash, 'hex') as hash, id as "tokenId", admin, projects, scopes,
         (extract(epoch from expires_at - now()) * 1000)::float8 as "validMilliseconds",
         (extract(epoch from now() - last_used_at) * 1000)::float8 as "idleMilliseconds"
    from weldmq.tokens
   where hash = any(array(select decode(h, 'hex') from unnest(${hashes}::text[]) h))
     and (expires_at is null or expires_at > now())`

/** Writes the use of these tokens down, save where another gateway has just done so or is doing it. */
export const writeLastUse = (sql: Sql, ids: string[], atMostEveryMilliseconds: number) => sql`
  update weldmq.tokens set last_used_at = now()
   where id = any(array(
         select id from weldmq.tokens
          where id = any(${ids}::text[])
            and (last_used_at is null
                 or last_used_at <= now() - make_interval(secs => ${atMostEveryMilliseconds}::float8 / 1000))
            for update skip locked))`
