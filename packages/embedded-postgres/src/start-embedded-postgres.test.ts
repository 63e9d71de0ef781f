import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aDataFolder, aServer, connect, small } from '../test/a-server.ts'
import { EmbeddedPostgresRefused, startEmbeddedPostgres } from './index.ts'

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const refusal = (dataDir: string) =>
  startEmbeddedPostgres({ dataDir, settings: small }).then(
    () => 'started',
    (error) => (error instanceof EmbeddedPostgresRefused ? error.message : error),
  )

test('rows are there after a stop and a start, with the settings that are the default', async () => {
  const dataDir = await aDataFolder()
  const { server, sql } = await aServer(dataDir, { shared_buffers: '16MB' })
  await sql`create table kept (n int)`
  await sql`insert into kept values (1)`
  expect(await sql`select current_setting('fsync') fsync, current_setting('full_page_writes') pages`).toEqual([
    { fsync: 'on', pages: 'on' },
  ])
  await sql.end()
  await server.stop()
  expect(existsSync(server.host)).toBe(false)

  const again = await aServer(dataDir)
  expect(await again.sql`select n from kept`).toEqual([{ n: 1 }])
})

test('the server is open to our user only, on a socket only, and never runs as root', async () => {
  const { server, sql } = await aServer(await aDataFolder())

  expect(await sql`show listen_addresses`).toEqual([{ listen_addresses: '' }])
  expect(await modeOf(server.host)).toBe('700')
  expect(await modeOf(join(server.dataDir, 'postgres-18'))).toBe('700')
  expect(await modeOf(join(server.dataDir, 'postgres.log'))).toBe('600')
  const rules = await readFile(join(server.dataDir, 'postgres-18/pg_hba.conf'), 'utf8')
  expect(rules).toBe('local all all peer map=weldmq\n')

  const { uid } = await stat(join(server.host, '.s.PGSQL.5432')) // made by the server
  const ours = process.getuid?.()
  expect(ours === 0 ? uid !== 0 : uid === ours).toBe(true)
})

test('the role of the product owns its database and has no other power', async () => {
  const { sql } = await aServer(await aDataFolder())
  expect(await sql`select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user`).toEqual([
    { rolsuper: false, rolcreatedb: false, rolcreaterole: false },
  ])
  await sql`create schema mine`
})

test('I29 a second start on a folder in use is refused, and the first server goes on', async () => {
  const dataDir = await aDataFolder()
  const { server, sql } = await aServer(dataDir)
  expect(await refusal(dataDir)).toContain(`in use by another running server (process ${server.pid})`)
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
})

test('of two first starts at once, one runs and the other is refused', async () => {
  const dataDir = await aDataFolder()
  const starts = await Promise.allSettled([1, 2].map(() => startEmbeddedPostgres({ dataDir, settings: small })))
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  expect(running).toHaveLength(1)
  expect(await connect(running[0]!)`select 1 as one`).toEqual([{ one: 1 }])
  await running[0]!.stop()
  expect((await readdir(dataDir)).sort()).toEqual(['postgres-18', 'postgres.log'])
})

test.each(['postgres-17', 'postgres-18'])(
  'I29 files of another major version in %s are refused unchanged',
  async (name) => {
    const dataDir = await aDataFolder()
    await mkdir(join(dataDir, name), { recursive: true, mode: 0o755 })
    await writeFile(join(dataDir, name, 'PG_VERSION'), '17\n')
    await writeFile(join(dataDir, name, 'table'), 'rows')
    const before = await everythingIn(dataDir)

    expect(await refusal(dataDir)).toContain('made by PostgreSQL 17, and this WeldMQ brings PostgreSQL 18')
    expect(await everythingIn(dataDir)).toEqual(before)
  },
)

test('a folder with other files in the place of the data is refused, as is a bare folder of Postgres', async () => {
  const dataDir = await aDataFolder()
  await mkdir(join(dataDir, 'postgres-18'), { recursive: true })
  await writeFile(join(dataDir, 'postgres-18/letter.txt'), 'mine')
  expect(await refusal(dataDir)).toContain('holds files, but not those of Postgres')

  const bare = await aDataFolder()
  await mkdir(bare)
  await writeFile(join(bare, 'PG_VERSION'), '18\n')
  expect(await refusal(bare)).toContain('is itself a data folder of Postgres')
})

test('a start that fails shows what Postgres said', async () => {
  const dataDir = await aDataFolder()
  const start = startEmbeddedPostgres({ dataDir, settings: { ...small, work_mem: 'plenty' } })
  await expect(start).rejects.toThrow('invalid value for parameter "work_mem": "plenty"')
})

test('what an interrupted first start left long ago is removed by the next one', async () => {
  const dataDir = await aDataFolder()
  const left = join(dataDir, 'postgres-18.new-abcdef')
  await mkdir(left, { recursive: true })
  await chmod(dataDir, 0o755)
  const anHourAgo = Date.now() / 1000 - 3600
  await utimes(left, anHourAgo, anHourAgo)

  await aServer(dataDir)
  expect(existsSync(left)).toBe(false)
})

/** Path, time of change and content of every file. */
async function everythingIn(folder: string) {
  const names = (await readdir(folder, { recursive: true })).sort()
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      const { mtimeMs, mode, uid } = await stat(path)
      const content = await readFile(path, 'utf8').catch(() => 'a folder')
      return { name, mtimeMs, mode, uid, content }
    }),
  )
}
