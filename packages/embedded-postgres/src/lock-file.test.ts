import { spawn } from 'node:child_process'
import { chown, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { aDataFolder, aServer } from '../test/a-server.ts'
import { makeSocketFolder } from './socket-folder.ts'

test('I29 a lock left behind whose number is another program by now is taken over, and that program lives', async () => {
  const dataDir = await aDataFolder()
  const { server, sql } = await aServer(dataDir)
  await sql`create table kept (n int)`
  const lockFile = join(dataDir, 'postgres-18/postmaster.pid')
  const [, ...lines] = (await readFile(lockFile, 'utf8')).split('\n')
  const { uid, gid } = await stat(lockFile)
  await server.stop()

  const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(process.getuid?.() === 0 && { uid, gid }) })
  onTestFinished(() => void stranger.kill())
  const left = [String(stranger.pid), ...lines].join('\n')
  await makeSocketFolder(server.host, { name: '', uid, identity: { uid, gid } })
  for (const file of [lockFile, join(server.host, '.s.PGSQL.5432.lock')]) {
    await writeFile(file, left, { mode: 0o600 })
    await chown(file, uid, gid)
  }

  const again = await aServer(dataDir)
  expect(await again.sql`select n from kept`).toEqual([])
  expect(stranger.exitCode ?? stranger.signalCode).toBe(null)
})
