import type { Sql } from '../db/connect.ts'
import type { Token } from './token.ts'

type Row = Omit<Token, 'expiresAt' | 'lastUsedAt'> & { expiresAt: Date | null; lastUsedAt: Date | null }

/** Every token that was not deleted, expired ones too, the oldest first. */
export const selectTokens = (sql: Sql) => sql<Row[]>`
  select id, name, type, admin, projects, scopes, created_at as "createdAt", expires_at as "expiresAt",
         last_used_at as "lastUsedAt"
    from weldmq.tokens order by created_at, id`
