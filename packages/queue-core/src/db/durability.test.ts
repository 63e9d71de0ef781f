import { testDatabase } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { connect, type Sql } from './connect.ts'
import { findDurabilityRisks } from './durability.ts'
import { migrate } from './migrate.ts'

const database = await testDatabase({ prepare: migrate })
const sql = connect(database, { max: 1, pinned: false, name: 'test' })
afterAll(() => sql.end())

const settingsFound = async () => (await findDurabilityRisks(sql)).map(({ setting, value }) => `${setting} ${value}`)

test('a commit that does not wait for the disk is reported', async () => {
  await sql`set synchronous_commit = off`
  expect(await settingsFound()).toContain('synchronous_commit off')
  await sql`set synchronous_commit = local` // without a standby as good as on
  expect(await settingsFound()).not.toContain('synchronous_commit local')
  await sql`set synchronous_commit = on`
  expect((await settingsFound()).join()).not.toContain('synchronous_commit')
})

test('a table of ours that is not logged is reported', async () => {
  await sql`create unlogged table weldmq.odd ()`
  expect(await settingsFound()).toContain('weldmq.odd unlogged')
  await sql`drop table weldmq.odd`
  expect((await settingsFound()).join()).not.toContain('unlogged')
})

// Settings that only a restart or a superuser can change: what the server would say is said for it.
const serverSays = (answer: object) =>
  (() =>
    Promise.resolve([
      { fsync: 'on', fullPageWrites: 'on', synchronousCommit: 'on', standbyNames: '', unlogged: [], ...answer },
    ])) as unknown as Sql

test.each([
  [{}, []],
  [{ synchronousCommit: 'remote_apply' }, []],
  [{ fsync: 'off' }, ['fsync']],
  [{ fullPageWrites: 'off' }, ['full_page_writes']],
  [{ synchronousCommit: 'local' }, []],
  [{ synchronousCommit: 'local', standbyNames: 'a' }, ['synchronous_commit']],
  [
    { fsync: 'off', fullPageWrites: 'off', synchronousCommit: 'off' },
    ['fsync', 'full_page_writes', 'synchronous_commit'],
  ],
])('of %j it reports %j', async (answer, settings) => {
  expect((await findDurabilityRisks(serverSays(answer))).map(({ setting }) => setting)).toEqual(settings)
})
