import type { Sql } from './connect.ts'
import { selectDurability } from './durability.sql.ts'

/** A setting of the Postgres server under which an acknowledged message may be lost (promise I30). */
export type DurabilityRisk = { setting: string; value: string; consequence: string }

/** Every such setting that is in force; an empty list when none is. */
export async function findDurabilityRisks(sql: Sql): Promise<DurabilityRisk[]> {
  const [server] = await selectDurability(sql)
  if (!server) throw new Error('Postgres did not answer about its settings')
  const { fsync, fullPageWrites, synchronousCommit, standbyNames, unlogged } = server
  const risks: DurabilityRisk[] = []
  if (fsync === 'off') {
    risks.push({ setting: 'fsync', value: fsync, consequence: 'a power cut may destroy the whole database' })
  }
  if (fullPageWrites === 'off') {
    const consequence = 'a power cut may leave half-written pages, and with them lost or wrong messages'
    risks.push({ setting: 'full_page_writes', value: fullPageWrites, consequence })
  }
  if (synchronousCommit === 'off') {
    const consequence = 'a crash of Postgres loses the last acknowledged posts and deletes'
    risks.push({ setting: 'synchronous_commit', value: synchronousCommit, consequence })
  } else if (synchronousCommit === 'local' && standbyNames !== '') {
    const consequence = 'a failover loses what the standby had not received'
    risks.push({ setting: 'synchronous_commit', value: synchronousCommit, consequence })
  }
  for (const table of unlogged) {
    const consequence = 'a crash of Postgres empties this table'
    risks.push({ setting: `weldmq.${table}`, value: 'unlogged', consequence })
  }
  return risks
}
