import type { Sql } from '../db/connect.ts'
import { ok, refuse, type Result } from '../refusal.ts'
import { deleteTokenRow } from './delete.sql.ts'

/** Revokes a token; what gateways remember of it (access.ts) is worth at most 5 s more. */
export async function deleteToken(sql: Sql, { id }: { id: string }): Promise<Result<void>> {
  const [gone] = /^[0-9a-f]{24}$/.test(id) ? await deleteTokenRow(sql, id) : []
  return gone ? ok(undefined) : refuse({ kind: 'token_not_found', id })
}
