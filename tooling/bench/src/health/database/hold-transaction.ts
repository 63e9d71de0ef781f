import postgres, { type Options } from 'postgres'

/**
 * What a dump, a report or a forgotten session does: a transaction with an id and an old snapshot, which has read the
 * messages and then stays open, so that no row that dies meanwhile can be removed.
 */
export async function holdTransaction(database: Options<{}>): Promise<{ end(): Promise<void> }> {
  const sql = postgres({
    ...database,
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'held transaction' },
  })
  const held = await sql.reserve()
  await held`begin isolation level repeatable read`
  await held`select pg_current_xact_id(), (select id from weldmq.messages limit 1)`
  return {
    async end() {
      await held`commit`
      held.release()
      await sql.end({ timeout: 5 })
    },
  }
}
