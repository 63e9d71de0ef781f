import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { testDatabase } from '@weldmq/testing'
import { expect, onTestFinished, test } from 'vitest'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** The built program, and how it ended; asked for a debugger and stopped once it says that it is ready. */
async function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/"ready"/.test(said) && !/SIGUSR1|[Dd]ebugger/.test(said)) child.kill('SIGUSR1')
      if (/SIGUSR1|[Dd]ebugger/.test(said)) child.kill('SIGTERM')
    })
  }
  const [code] = (await once(child, 'close')) as [number]
  return { code, said }
}

test('the program alone ends by itself when it cannot start, and in peace when it is asked to', async () => {
  const { host, user, database } = (await testDatabase()) as { host: string; user: string; database: string }
  const DATABASE_URL = `postgres://${user}@/${database}?host=${host}`
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  expect(await run({ DATABASE_URL: 'x' })).toMatchObject({ code: 2, said: expect.stringContaining('DATABASE_URL') })
  const nowhere = { WELDMQ_TLS_CERT: '/nowhere/cert.pem', WELDMQ_TLS_KEY: '/nowhere/key.pem' }
  expect(await run({ DATABASE_URL, ...nowhere })).toMatchObject({
    code: 2,
    said: expect.stringContaining('WELDMQ_TLS_CERT: cannot read /nowhere/cert.pem (ENOENT)'),
  })
  expect(await run({ DATABASE_URL, WELDMQ_STREAM_LISTEN: `127.0.0.1:${port}` })).toMatchObject({ code: 1 })
  const asked = await run({ DATABASE_URL, WELDMQ_STREAM_LISTEN: '127.0.0.1:0' })
  expect(asked.code).toBe(0)
  expect(asked.said).toContain('SIGUSR1 is ignored')
  expect(asked.said).not.toContain('Debugger')
})
