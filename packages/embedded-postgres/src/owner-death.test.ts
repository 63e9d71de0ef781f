import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { aDataFolder, aServer, small } from '../test/a-server.ts'
import { anOwner, compilesThePackage } from '../test/an-owner.ts'
import { socketFolderOf } from './socket-folder.ts'

compilesThePackage()

const lockFile = (dataDir: string) => join(dataDir, 'postgres-18/postmaster.pid')

async function writeARow(dataDir: string): Promise<void> {
  const host = socketFolderOf(join(dataDir, 'postgres-18'))
  const sql = postgres({ host, user: 'weldmq', database: 'weldmq', max: 1 })
  await sql`create table kept (n int)`
  await sql`insert into kept values (1)`
  await sql.end()
}

test('a server whose owner is killed with -9 shuts down cleanly by itself, and the next start serves', async () => {
  const dataDir = await aDataFolder()
  const owner = anOwner({ dataDir, settings: small })
  await owner.says('running')
  await writeARow(dataDir)

  await owner.kill()
  await expect.poll(() => existsSync(lockFile(dataDir))).toBe(false)
  expect(await readFile(join(dataDir, 'postgres.log'), 'utf8')).toMatch(/database system is shut down\n$/)

  const { sql } = await aServer(dataDir)
  expect(await sql`select n from kept`).toEqual([{ n: 1 }])
})

test('I21 a start right after the kill of the owner waits for the old server to leave', async () => {
  const dataDir = await aDataFolder()
  const owner = anOwner({ dataDir, settings: small })
  await owner.says('running')
  await writeARow(dataDir)

  await owner.kill()
  const { sql } = await aServer(dataDir)
  expect(await sql`select n from kept`).toEqual([{ n: 1 }])
})

test('a start after owner, guard and postmaster were killed with -9 recovers every committed row', async () => {
  const dataDir = await aDataFolder()
  const owner = anOwner({ dataDir, settings: small })
  const { pid } = await owner.says('running')
  await writeARow(dataDir)

  process.kill(-pid, 'SIGKILL') // the group we started it in: postmaster and guard
  await owner.kill()

  const { sql } = await aServer(dataDir)
  expect(await sql`select n from kept`).toEqual([{ n: 1 }])
})

test('a first start that is killed while it makes the files does not spoil the folder', async () => {
  let dataDir: string
  // Again, in a new folder, when the files were made before it was killed.
  do {
    dataDir = await aDataFolder()
    const owner = anOwner({ dataDir, settings: small })
    await owner.says('initialising')
    await expect.poll(async () => (await readdir(dataDir)).length).toBeGreaterThan(0)
    await owner.kill()
  } while (existsSync(join(dataDir, 'postgres-18')))

  const { sql } = await aServer(dataDir)
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
})
