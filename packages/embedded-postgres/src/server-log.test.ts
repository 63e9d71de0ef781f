import { write as writeTo } from 'node:fs'
import { appendFile, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { serverLog } from './server-log.ts'

const write: (fd: number, text: string) => Promise<unknown> = promisify(writeTo)

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weldmq-log-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a full log is set aside, and who holds it open goes on at its beginning', async () => {
  const file = join(await aFolder(), 'log')
  const log = serverLog(file)
  const server = await log.open()
  await write(server.fd, 'x'.repeat(11 * 1024 * 1024))
  await log.rotate()
  await write(server.fd, 'after')
  await server.close()

  expect(await readFile(file, 'utf8')).toBe('after')
  expect((await stat(`${file}.1`)).size).toBe(11 * 1024 * 1024)
})

test('the tail begins where it is asked to, and is at most 4 kB', async () => {
  const log = serverLog(join(await aFolder(), 'log'))
  await (await log.open()).close()
  await appendFile(log.file, 'before\n')
  const since = await log.position()
  await appendFile(log.file, 'said\n')
  expect(await log.tail(since)).toBe('said')
  await appendFile(log.file, 'y'.repeat(10_000))
  expect(await log.tail(since)).toBe('y'.repeat(4096))
})

test('a link in the place of the log is not followed', async () => {
  const folder = await aFolder()
  await symlink(join(folder, 'elsewhere'), join(folder, 'log'))
  await expect(serverLog(join(folder, 'log')).open()).rejects.toThrow('ELOOP')
})
