import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findBinaryPackage, makeRunnable } from './binaries.ts'
import { runAs } from './run-as.ts'
import { chooseServerUser } from './server-user.ts'

test('programs in a closed or read-only place are copied once to where the server can run them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weldmq-bin-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755)
  const real = await findBinaryPackage()
  const closed = join(folder, 'closed')
  await mkdir(closed, { mode: 0o700 }) // root's server user cannot pass; others cannot write the links into lib
  const native = join(closed, 'native')
  await cp(real.native, native, { recursive: true, filter: isNoLink })
  await chmod(join(native, 'lib'), 0o500)
  onTestFinished(() => chmod(join(native, 'lib'), 0o700))

  const user = await chooseServerUser(join(folder, 'none'), folder)
  const copies = join(folder, 'copies')
  const starts = await Promise.all([1, 2].map(() => makeRunnable({ ...real, native }, user, copies)))

  const postgres = join(copies, `bin-${real.version}`, 'bin/postgres')
  expect(starts.map((binaries) => binaries.postgres)).toEqual([postgres, postgres])
  expect(await readdir(copies)).toEqual([`bin-${real.version}`])
  expect((await stat(postgres)).mode & 0o777).toBe(0o755)
  expect((await runAs(user.identity, postgres, ['-V'])).output).toContain('PostgreSQL')
})

const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink()
