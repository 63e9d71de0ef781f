import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from './test-database.ts'

const connect = (database: TestDatabase) =>
  'url' in database ? postgres(database.url, { max: 1 }) : postgres({ ...database, max: 1 })

let prepared = 0
const prepare = async (database: TestDatabase) => {
  prepared += 1
  const sql = connect(database)
  await sql`create table seen (name text)`
  await sql`insert into seen values ('template')`
  await sql.end()
}
const options = { name: 'test-database.test', prepare }
const [mine, other] = [connect(await testDatabase(options)), connect(await testDatabase(options))]
afterAll(() => Promise.all([mine.end(), other.end()]))

test('a test database has what prepare made, and prepare ran once for both', async () => {
  expect(await mine`select name from seen`).toEqual([{ name: 'template' }])
  expect(await other`select name from seen`).toEqual([{ name: 'template' }])
  expect(prepared).toBe(1)
})

test('what one test database is told stays out of the other', async () => {
  await mine`insert into seen values ('mine')`
  expect(await mine`select count(*)::int as n from seen`).toEqual([{ n: 2 }])
  expect(await other`select count(*)::int as n from seen`).toEqual([{ n: 1 }])
})
