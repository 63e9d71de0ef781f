import { sqlFor, testDatabase } from '@weldmq/testing'
import { afterAll, expect } from 'vitest'
import { migrate } from '../src/db/migrate.ts'
import { type Core, type CoreOptions, type Refusal, type Result, openCore } from '../src/index.ts'

/** A core on a database of its own, for one test file; `sql` is a second way in, to age rows and to look. */
export async function aCore(more: Partial<CoreOptions> = {}) {
  const database = await testDatabase({ prepare: migrate })
  const faults: unknown[] = []
  const options = { ...more, database, onFault: (fault: unknown, where: string) => faults.push({ where, fault }) }
  const cores = [await openCore(options)]
  const sql = sqlFor(database)
  afterAll(async () => {
    await Promise.all(cores.map((core) => core.stop()))
    await sql.end()
  })
  return {
    core: cores[0]!,
    sql,
    database,
    faults,
    /** Another gateway on the same database. */
    async another(): Promise<Core> {
      const core = await openCore(options)
      cores.push(core)
      return core
    },
  }
}

export type ACore = Awaited<ReturnType<typeof aCore>>

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`)
  return result.value
}

export const done = { ok: true, value: undefined }

/** What a refused operation answers; the rest of the refusal only where a test is about it. */
export const refused = (kind: Refusal['kind'], more: object = {}) => ({
  ok: false,
  refusal: expect.objectContaining({ kind, ...more }) as unknown,
})
