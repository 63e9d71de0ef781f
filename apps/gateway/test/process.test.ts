import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { aFolder, adminToken, projectId } from './gateway.ts'
import { aGatewayProcess, isRunning, postmasterOf, run } from './gateway-process.ts'
import { aLongPoll } from './long-poll.ts'

const settings = async () => ({
  WELDMQ_DATA_DIR: join(await aFolder(), 'data'),
  WELDMQ_PROJECT_ID: projectId,
  WELDMQ_TOKEN: adminToken,
})
const queue = `/3/projects/${projectId}/queues/jobs`

test('SIGTERM ends long polls with an empty list, stops Postgres, and exits with 0 (promise I25)', async () => {
  const env = await settings()
  const gateway = await aGatewayProcess(env, adminToken)
  await gateway.send('PUT', queue, {})
  const postmaster = postmasterOf(env.WELDMQ_DATA_DIR)
  const polls = await Promise.all([1, 2, 3].map(() => aLongPoll(gateway.url, queue)))
  const idle = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  await once(idle, 'connect')
  const signalled = performance.now()

  gateway.kill('SIGTERM')

  for (const { answers } of polls) {
    const text = await answers
    expect(text.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2)
    expect(text).toMatch(/\{"messages":\[\]\}$/)
  }
  expect(await gateway.ended).toBe(0)
  expect(performance.now() - signalled).toBeLessThan(20_000) // the promise says 10 s; the polls had 30 left
  expect(isRunning(postmaster)).toBe(false)
  expect(gateway.printed()).not.toContain(adminToken)
  idle.destroy()
})

test('what was posted is there after a restart, and the token is not shown again', async () => {
  const env = { WELDMQ_DATA_DIR: join(await aFolder(), 'data') }
  const first = await aGatewayProcess(env)
  const { token } = JSON.parse(await readFile(join(env.WELDMQ_DATA_DIR, 'iron.json'), 'utf8'))
  const jobs = `/3/projects/${first.projectId}/queues/jobs/messages`
  await first.send('POST', jobs, { messages: [{ body: 'kept' }] }, token)
  expect(first.printed().split(token)).toHaveLength(3) // beside its name, and in the lines to try
  first.kill('SIGINT')
  expect(await first.ended).toBe(0)

  const second = await aGatewayProcess(env)
  expect(second.projectId).toBe(first.projectId)
  expect((await second.send('GET', jobs, undefined, token)).json.messages).toMatchObject([{ body: 'kept' }])
  expect(second.printed()).not.toContain(token)
})

test('the lines of the banner work when they are pasted, at the first start and later', async () => {
  const env = { WELDMQ_DATA_DIR: join(await aFolder(), 'data with a space') }
  const path = [await curlFolder(), process.env['PATH']].join(delimiter)
  for (const start of [1, 2]) {
    const gateway = await aGatewayProcess(env)
    const lines = gateway.printed().match(/^ {2}(H=|curl |R=|echo ).*$/gm)!
    expect(lines).toHaveLength(4)
    const { stdout } = await promisify(execFile)('sh', ['-c', lines.join('\n')], {
      env: { ...process.env, PATH: path },
    })
    const [posted, reserved, deleted] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(posted).toMatchObject({ msg: 'Messages put on queue.', ids: [expect.any(String)] })
    expect(reserved.messages, `start ${start}`).toMatchObject([{ id: posted.ids[0], body: 'Hello, world' }])
    expect(deleted).toEqual({ msg: 'Deleted' })
    gateway.kill('SIGTERM')
    await gateway.ended
  }
})

test('bad settings are all listed, and the exit code tells them from a fault', async () => {
  const { child, printed } = run({ WELDMQ_LISTEN: 'x', WELDMQ_TOKEN: 'my-short-token', WELDMQ_LOG: 'y' })
  expect((await once(child, 'close'))[0]).toBe(2)
  for (const name of ['WELDMQ_LISTEN', 'WELDMQ_TOKEN', 'WELDMQ_LOG']) expect(printed()).toContain(`${name}: must be`)
  expect(printed()).not.toContain('my-short-token')
  expect(printed()).not.toContain('    at ')
})

test('a second gateway on one data folder is refused in a sentence, and the first one goes on', async () => {
  const env = await settings()
  const first = await aGatewayProcess(env, adminToken)
  const { child, printed } = run(env)
  expect((await once(child, 'close'))[0]).toBe(1)
  expect(printed()).toContain(env.WELDMQ_DATA_DIR)
  expect(printed()).not.toContain('    at ')
  expect((await first.send('GET', '/readyz')).status).toBe(200)
})

test('a repeated signal of the same Ctrl-C changes nothing, a later one stops at once', async () => {
  const gateway = await aGatewayProcess(await settings(), adminToken)
  await gateway.send('PUT', queue, {})
  // A request that never ends, so that there is something to wait for. The one in front of it has its answer.
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  const headers = `Host: x\r\nAuthorization: OAuth ${adminToken}\r\n`
  socket.write(
    `GET ${queue} HTTP/1.1\r\n${headers}\r\nPOST ${queue}/messages HTTP/1.1\r\n${headers}Content-Length: 9\r\n\r\n{`,
  )
  await once(socket, 'data')
  socket.on('error', () => {})
  gateway.kill('SIGINT')
  gateway.kill('SIGINT')
  await vi.waitFor(() => expect(gateway.printed()).toContain('"stopping"'))
  await new Promise((resolve) => setTimeout(resolve, 1100)) // what tells a second signal from an echo
  expect(isRunning(gateway.pid)).toBe(true)
  gateway.kill('SIGINT')
  expect(await gateway.ended).toBe(130)
  socket.destroy()
})

test('SIGUSR1 opens no debugger (security row 43)', async () => {
  const gateway = await aGatewayProcess(await settings(), adminToken)
  gateway.kill('SIGUSR1')
  await vi.waitFor(() => expect(gateway.printed()).toContain('SIGUSR1 is ignored'))
  expect(gateway.printed()).not.toMatch(/debugger/i)
})

/** A folder for PATH: with a stand-in for the curl that some machines lack, else empty. */
async function curlFolder(): Promise<string> {
  const folder = await aFolder()
  const found = await promisify(execFile)('sh', ['-c', 'command -v curl']).catch(() => undefined)
  if (found) return folder
  const program = `#!${process.execPath}
const { values, positionals } = require('node:util').parseArgs({ allowPositionals: true, options: {
  s: { type: 'boolean', short: 's' }, S: { type: 'boolean', short: 'S' },
  H: { type: 'string', short: 'H' }, d: { type: 'string', short: 'd' }, X: { type: 'string', short: 'X' } } })
const body = values.d === '@-' ? require('node:fs').readFileSync(0, 'utf8') : values.d
const headers = Object.fromEntries([values.H.split(/: (.*)/s)])
fetch(positionals[0], { method: values.X ?? 'POST', body, headers }).then((r) => r.text()).then((t) => process.stdout.write(t))
`
  await writeFile(join(folder, 'curl'), program)
  await chmod(join(folder, 'curl'), 0o755)
  return folder
}
