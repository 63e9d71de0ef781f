import { sqlFor, testDatabase, until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { type Sql, connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { openCore } from '../open-core.ts'
import { createProject } from '../projects/create.ts'
import { tryToLead } from './leader.sql.ts'
import { LEASE_SECONDS } from './leader.ts'

/** The sessions that lead the upkeep of this database: one, or none for a moment. */
const leaders = async (sql: Sql) => {
  const rows = await sql<{ pid: number }[]>`
    select l.pid from pg_locks l join pg_database d on d.oid = l.database
     where l.locktype = 'advisory' and l.classid = 7305512 and l.granted and d.datname = current_database()`
  return rows.map(({ pid }) => pid)
}

async function twoCores() {
  const a = await aCore()
  const sql = a.sql as unknown as Sql
  const [first] = await leaders(sql)
  const other = await a.another()
  const { id: project } = valueOf(await createProject(sql, { name: 'test' }))
  const on = { project, queue: 'line' }
  valueOf(await other.putQueue({ ...on, settings: {} }))
  return {
    ...{ a, sql, first, other },
    /** A message becomes ready that nobody asks for. */
    async upkeepIsDone() {
      const message = { body: Buffer.from('x'), delaySeconds: 1000 }
      const [id] = valueOf(await other.postMessages({ ...on, messages: [message] }))
      await sql`update weldmq.messages set due_at = now() where id = ${id!}`
      await until(async () => {
        const [row] = await sql<{ state: number }[]>`select state from weldmq.messages where id = ${id!}`
        return row!.state === 0
      })
    },
  }
}

test('one gateway leads from the beginning, however many there are', async () => {
  const { sql, first, upkeepIsDone } = await twoCores()
  expect(first).toEqual(expect.any(Number))
  await upkeepIsDone()
  expect(await leaders(sql)).toHaveLength(1)
})

test('when the one that leads stops, the other takes over', async () => {
  const { a, sql, first, upkeepIsDone } = await twoCores()
  await a.core.stop()
  await upkeepIsDone()
  const now = await leaders(sql)
  expect([now.length, now.includes(first!)]).toEqual([1, false])
})

test('when the session of the one that leads is lost, one leads again, and nobody is told of a fault', async () => {
  const { a, sql, first, upkeepIsDone } = await twoCores()
  // Between two of its statements: whoever asked for one that is cut off may well be told.
  await until(async () => {
    const cut =
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where pid = ${first!} and state = 'idle'`
    return cut.length > 0
  })
  await until(async () => (await leaders(sql)).length === 1)
  await upkeepIsDone()
  expect(await leaders(sql)).not.toEqual([first])
  expect(a.faults).toEqual([])
})

test('one that leads and says nothing for five seconds is no longer waited for', { timeout: 30_000 }, async () => {
  const database = await testDatabase({ prepare: migrate })
  const silent = connect(database, { max: 1, pinned: false, name: 'test', idleTimeoutSeconds: LEASE_SECONDS })
  const sql = sqlFor(database) as unknown as Sql
  expect(await tryToLead(silent)).toEqual([{ leads: true }])
  const [silentOne] = await leaders(sql)
  const core = await openCore({ database })
  try {
    await until(async () => (await leaders(sql)).some((pid) => pid !== silentOne))
  } finally {
    await Promise.all([core.stop(), silent.end({ timeout: 1 }), sql.end()])
  }
})
