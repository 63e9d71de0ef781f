import type { ReservedSql } from 'postgres'
import type { ACore } from './a-core.ts'

/** A transaction that is held open by hand, as a client's own or a stalled one would be. */
export async function aTransaction({ sql }: Pick<ACore, 'sql'>): Promise<{
  sql: ReservedSql
  commit(): Promise<void>
  rollback(): Promise<void>
}> {
  const held = await sql.reserve()
  await held`begin`
  const end = async (how: () => PromiseLike<unknown>) => {
    await how()
    held.release()
  }
  return { sql: held, commit: () => end(() => held`commit`), rollback: () => end(() => held`rollback`) }
}
