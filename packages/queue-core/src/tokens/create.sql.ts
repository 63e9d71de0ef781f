import type { AnySql } from '../db/connect.ts'
import type { Token } from './token.ts'

type NewToken = Pick<Token, 'id' | 'name' | 'type' | 'admin' | 'projects' | 'scopes'> & {
  /** SHA-256 of the secret, in hex. */
  hash: string
  /** From now; null for a token without an end. */
  expiresInSeconds: number | null
}

/** Adds the token; no row when another one has the same secret. */
export const insertToken = (sql: AnySql, t: NewToken) => sql<(Omit<Token, 'expiresAt'> & { expiresAt: Date | null })[]>`
  insert into weldmq.tokens (id, hash, name, type, admin, projects, scopes, expires_at)
  values (${t.id}, decode(${t.hash}, 'hex'), ${t.name}, ${t.type}, ${t.admin}, ${t.projects}::text[],
          ${t.scopes}::text[], now() + make_interval(secs => ${t.expiresInSeconds}::float8))
  on conflict (hash) do nothing
  returning id, name, type, admin, projects, scopes, created_at as "createdAt", expires_at as "expiresAt"`
