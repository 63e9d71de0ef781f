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

test('I22 a pool whose connections are cut at any moment goes on, and every statement ends', async () => {
  const database = await testDatabase({ name: 'empty' })
  const sql = connect(database, { max: 4, pinned: false, name: 'cut' })
  const knife = connect(database, { max: 1, pinned: false, name: 'knife' })
  const soon = () => new Promise((resolve) => setImmediate(resolve))
  let done = 0
  for (let round = 0; round < 12; round++) {
    const asked: Promise<unknown>[] = []
    const cut = knife`
      select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'cut' and datname = current_database()`.then(() => {})
    for (let i = 0; i < 40; i++) {
      asked.push(
        sql`select ${i}::int`.then(
          () => done++,
          () => {},
        ),
      )
      await soon()
    }
    await Promise.all([cut, ...asked])
  }
  // Each of the four connections may learn of its end by a statement.
  let answer: unknown
  for (let tries = 0; tries <= 4 && !answer; tries++) answer = await sql`select 1 as one`.catch(() => undefined)
  expect(answer).toEqual([{ one: 1 }])
  expect(done).toBeGreaterThan(0)
  await Promise.all([sql.end(), knife.end()])
})

/** Has sent two rows when it fails. */
const FAILS_LATE = 'select 1 / (3 - i) as one from generate_series(1, 5) as i'

test('what a statement brought before it failed is no part of the answer to the next one', async () => {
  const sql = connect(await testDatabase({ name: 'empty' }), { max: 1, pinned: false, name: 'test' })
  await expect(sql.unsafe(FAILS_LATE, [], { prepare: true })).rejects.toThrow('division by zero')
  expect([...(await sql`select i from generate_series(1, 3) as i`)]).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }])
  await sql.end()
})

test('nor is what one brought whose connection was cut', async () => {
  const sql = connect(await testDatabase({ name: 'empty' }), { max: 1, pinned: false, name: 'test' })
  const cut = sql`
    select i, case when i = 200000 then pg_terminate_backend(pg_backend_pid()) end from generate_series(1, 300000) as i`
  await expect(cut).rejects.toMatchObject({ code: expect.any(String) })
  expect([...(await sql`select i from generate_series(1, 3) as i`)]).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }])
  await sql.end()
})
