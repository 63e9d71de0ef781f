import type { Sql } from '../db/connect.ts'
import { selectTokens } from './list.sql.ts'
import type { Token } from './token.ts'

/** Every token that was not deleted, expired ones too, the oldest first. */
export async function listTokens(sql: Sql): Promise<Token[]> {
  const rows = await selectTokens(sql)
  return rows.map((row) => ({ ...row, expiresAt: row.expiresAt ?? undefined, lastUsedAt: row.lastUsedAt ?? undefined }))
}
