import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aDataFolder, aServer } from '../test/a-server.ts'

test('I22 a killed postmaster is started again, and committed rows are there for the same client', async () => {
  const { server, happens, sql } = await aServer(await aDataFolder())
  await sql`create table kept (n int)`
  await sql`insert into kept values (1)`
  const first = server.pid
  const started = happens('started')

  process.kill(first, 'SIGKILL')
  await started

  expect(server.pid).not.toBe(first)
  const rows = await sql`select n from kept`.catch(() => sql`select n from kept`) // the first may find the old connection
  expect(rows).toEqual([{ n: 1 }])
})

test('a server that somebody else shuts down is started again', async () => {
  const { server, happens, sql } = await aServer(await aDataFolder())
  const started = happens('started')
  process.kill(server.pid, 'SIGINT')
  await started
  expect(await sql`select 1 as one`.catch(() => sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('I28 a server that cannot start again is tried until it can', async () => {
  const { server, happens, sql } = await aServer(await aDataFolder())
  const file = join(server.dataDir, 'postgres-18/global/pg_control')
  const failed = happens('restart_failed')
  await rename(file, `${file}.away`)
  process.kill(server.pid, 'SIGKILL')
  expect(await failed).toMatchObject({ reason: expect.stringContaining('pg_control') })

  const started = happens('started')
  await rename(`${file}.away`, file)
  await started
  expect(await sql`select 1 as one`.catch(() => sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('stop shuts down cleanly although a session is open, and again says the same', async () => {
  const { server, sql } = await aServer(await aDataFolder())
  await sql`select 1`
  const { pid } = server
  await Promise.all([server.stop(), server.stop()])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  expect(await readFile(join(server.dataDir, 'postgres.log'), 'utf8')).toMatch(/database system is shut down\n$/)
})

test('stop right after a crash leaves no server behind', async () => {
  const dataDir = await aDataFolder()
  const { server, happens } = await aServer(dataDir)
  const died = happens('died')
  process.kill(server.pid, 'SIGKILL')
  await died
  await server.stop()

  const { sql } = await aServer(dataDir) // would be refused if one were there
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
})
