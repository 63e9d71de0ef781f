import { testDatabase } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { connect, readUrl } from './connect.ts'

test.each([
  ['postgres://a:5432/name', 'postgres://a:5432/name', undefined],
  [
    'postgres://a:1,b:2/name?target_session_attrs=read-write',
    'postgres://a:1,b:2/name?target_session_attrs=read-write',
    undefined,
  ],
  ['postgresql:///name?host=/run/postgresql', 'postgresql://localhost/name', '/run/postgresql'],
  ['postgres://me@/name?host=%2Frun%2Fpg&sslmode=disable', 'postgres://me@localhost/name?sslmode=disable', '/run/pg'],
  ['postgres://me@/name?sslmode=disable&host=/run/pg', 'postgres://me@localhost/name?sslmode=disable', '/run/pg'],
])('%s is understood', (given, url, host) => {
  expect(readUrl(given)).toEqual({ url, host })
})

test('a URL may name the folder of a socket', async ({ skip }) => {
  const database = await testDatabase({ name: 'empty' })
  if ('url' in database) return skip('this run is on a server that was given by its URL')
  const url = `postgres://${database.user}@/${database.database}?host=${database.host}`
  const sql = connect({ url }, { max: 1, pinned: false, name: 'test' })
  expect(await sql`select current_database() as name`).toEqual([{ name: database.database }])
  await sql.end()
})
