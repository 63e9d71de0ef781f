import { once } from 'node:events'
import { request as requestPlain } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { aBeanstalkSession } from './beanstalk-session.ts'
import { aCertificate } from './certificate.ts'
import { aFolder, adminToken, projectId } from './gateway.ts'
import { type GatewayProcess, aGatewayProcess, isRunning, postmasterOf, run } from './gateway-process.ts'
import { startLoad } from './load.ts'
import { aLongPoll } from './long-poll.ts'

// `--workers`: the built program, several processes of it, one address, and an embedded Postgres below.
const queue = `/3/projects/${projectId}/queues/jobs`
const settings = async (more: Record<string, string> = {}) => ({
  WELDMQ_DATA_DIR: join(await aFolder(), 'data'),
  WELDMQ_PROJECT_ID: projectId,
  WELDMQ_TOKEN: adminToken,
  ...more,
})
/** With as many as there are to be: what they log of it may come after the line that says that all are ready. */
async function withWorkers(env: Record<string, string>, count = 2): Promise<GatewayProcess> {
  const gateway = await aGatewayProcess(env, adminToken, ['--workers', String(count)])
  await vi.waitFor(() => expect(workersOf(gateway)).toHaveLength(count))
  return gateway
}

type Line = { pid: number; msg: string; url?: string }
const logged = ({ printed }: Pick<GatewayProcess, 'printed'>): Line[] =>
  printed()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)

/** Every worker that ever took requests. */
const workersOf = (gateway: GatewayProcess) => [
  ...new Set(
    logged(gateway)
      .filter(({ msg }) => msg === 'ready')
      .map(({ pid }) => pid),
  ),
]
const gone = (pids: number[]) => vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]))

/** Over a connection of its own: one that is kept stays with its worker. */
const getAlone = (url: string) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const sent = requestPlain(url, { agent: false, headers: { Authorization: `OAuth ${adminToken}` } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () => resolve({ status: answer.statusCode, text })).on('error', reject)
    })
    sent.on('error', reject).end()
  })

const WHOLE_MACHINE_MILLISECONDS = 120_000

test('both workers answer on one port, and whichever is asked for metrics shows the sum', async () => {
  const gateway = await withWorkers(await settings({ WELDMQ_LOG: 'debug' }))
  expect(workersOf(gateway)).not.toContain(gateway.pid)
  expect(gateway.printed().match(/^WELDMQ_READY /gm)).toHaveLength(1)
  expect(gateway.printed().match(/^WeldMQ is ready/gm)).toHaveLength(1)

  /** A round of connections of their own, until both workers have answered one; how many it took. */
  async function askBoth(path: string, look: (text: string) => void): Promise<number> {
    for (let asked = 0; asked < 4000;) {
      const round = await Promise.all(Array.from({ length: 8 }, () => getAlone(gateway.url + path)))
      asked += round.length
      for (const { status, text } of round) {
        expect(status).toBe(200)
        look(text)
      }
      const answered = new Set(logged(gateway).flatMap(({ pid, url }) => (url === path ? [pid] : [])))
      if (answered.size === 2) return asked
    }
    throw new Error(`Only one worker answers ${path}`)
  }
  const asked = await askBoth('/healthz', (text) => expect(JSON.parse(text)).toEqual({ msg: 'alive' }))
  await askBoth('/readyz', (text) => expect(JSON.parse(text)).toEqual({ msg: 'ready' }))
  await gateway.send('POST', `${queue}/messages`, { messages: [{ body: '1' }, { body: '2' }, { body: '3' }] })
  // Again when one of them was silent for too long: then it is shown as it was when it last answered.
  await vi.waitFor(() =>
    askBoth('/metrics', (text) => {
      expect(text).toContain(`weldmq_http_request_seconds_count{route="/healthz",status="200"} ${asked}\n`)
      expect(text).toContain('weldmq_batch_items_count{kind="post"} 1\n')
      expect(text).toContain(`weldmq_queue_size{project="${projectId}",queue="jobs"} 3\n`)
    }),
  )
})

test(
  'kill -9 of workers: the others go on, each is replaced on the same port, and nothing acknowledged is lost',
  { timeout: WHOLE_MACHINE_MILLISECONDS },
  async () => {
    const gateway = await withWorkers(await settings())
    const requests = async () => {
      const { text } = await gateway.send('GET', '/metrics')
      const counts = text.matchAll(/^weldmq_http_request_seconds_count\{.*\} (\d+)$/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    }
    await gateway.send('PUT', queue, {})
    const load = startLoad(() => gateway.send, queue)
    await load.more(100, 50)
    const shown = await requests()

    const before = workersOf(gateway)
    process.kill(before[0]!, 'SIGKILL')
    await load.more(100, 50)
    await vi.waitFor(() => expect(workersOf(gateway)).toHaveLength(3))
    expect(isRunning(before[1]!)).toBe(true)
    await vi.waitFor(async () => expect(await requests()).toBeGreaterThan(shown))

    // All at once: nobody holds the port any more that the system had chosen.
    const alive = workersOf(gateway).filter(isRunning)
    expect(alive).toHaveLength(2)
    for (const pid of alive) process.kill(pid, 'SIGKILL')
    await load.more(100, 50)
    await vi.waitFor(() => expect(workersOf(gateway).filter(isRunning)).toHaveLength(2))

    await load.drain()
    expect(load.wrong).toEqual([])
    expect([...load.posted].filter((body) => !load.delivered.has(body))).toEqual([])
    await vi.waitFor(() =>
      expect(logged(gateway).filter(({ msg }) => msg.startsWith('a worker ended'))).toHaveLength(3),
    )
    expect(isRunning(gateway.pid)).toBe(true)
  },
)

test('SIGTERM ends long polls of every worker with an empty list, and leaves nothing behind (promise I25)', async () => {
  const env = await settings()
  const gateway = await withWorkers(env)
  await gateway.send('PUT', queue, {})
  const processes = [...workersOf(gateway), postmasterOf(env.WELDMQ_DATA_DIR)]
  const polls = await Promise.all(Array.from({ length: 8 }, () => aLongPoll(gateway.url, queue)))
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
  expect(processes.filter(isRunning)).toEqual([])
  idle.destroy()
})

test('the Ctrl-C of a terminal, which reaches every process, is one stop', async () => {
  const gateway = await withWorkers(await settings())
  for (const pid of [...workersOf(gateway), gateway.pid]) process.kill(pid, 'SIGINT')
  expect(await gateway.ended).toBe(0)
  expect(workersOf(gateway)).toHaveLength(2) // none was taken for dead
  expect(gateway.printed()).not.toContain('a worker ended')
})

test(
  'kill -9 of the primary: no worker and no Postgres is left, and the next start serves (promise I21)',
  { timeout: WHOLE_MACHINE_MILLISECONDS },
  async () => {
    const env = await settings()
    const gateway = await withWorkers(env)
    expect((await gateway.send('POST', `${queue}/messages`, { messages: [{ body: 'kept' }] })).status).toBe(201)
    const processes = [...workersOf(gateway), postmasterOf(env.WELDMQ_DATA_DIR)]
    gateway.kill('SIGKILL')
    expect(await gateway.ended).toBe('SIGKILL')
    await gone(processes)

    const again = await withWorkers({ ...env, WELDMQ_LISTEN: new URL(gateway.url).host })
    expect((await again.send('POST', `${queue}/reservations`, {})).json.messages).toMatchObject([{ body: 'kept' }])
  },
)

test(
  'workers share the port for beanstalk too, also with one that took the place of another',
  { timeout: WHOLE_MACHINE_MILLISECONDS },
  async () => {
    const gateway = await withWorkers(await settings())
    const [address] = gateway.beanstalk
    const session = await aBeanstalkSession(address!)
    const [inserted] = await session.ask('put 0 0 60 1', 'x')
    const id = inserted!.replace('INSERTED ', '')
    expect(await session.ask('reserve')).toEqual([`RESERVED ${id} 1`, 'x'])

    // Whoever holds it is killed with the others; it comes back when nobody renews the lease (contract 9.5).
    const before = workersOf(gateway)
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await gone(before)
    await vi.waitFor(() => expect(workersOf(gateway)).toHaveLength(4))
    const sessions = await Promise.all(Array.from({ length: 8 }, () => aBeanstalkSession(address!)))
    const replies = await Promise.all(sessions.map((one) => one.ask('list-tube-used')))
    expect(new Set(replies.flat())).toEqual(new Set(['USING default']))
    expect(await sessions[0]!.ask('reserve-with-timeout 50')).toEqual([`RESERVED ${id} 1`, 'x'])
    for (const one of [session, ...sessions]) one.close()
  },
)

test('with a certificate every worker speaks HTTPS', async () => {
  const { cert, certFile, keyFile } = await aCertificate()
  const gateway = await withWorkers(await settings({ WELDMQ_TLS_CERT: certFile, WELDMQ_TLS_KEY: keyFile }))
  expect(gateway.url).toMatch(/^https:/)
  const ask = () =>
    new Promise((resolve, reject) => {
      const sent = request(`${gateway.url}/readyz`, { ca: cert, agent: false }, (answer) => resolve(answer.statusCode))
      sent.on('error', reject).end()
    })
  expect(await Promise.all(Array.from({ length: 8 }, ask))).toEqual(Array.from({ length: 8 }, () => 200))
})

test('a start that cannot be is refused in a sentence, and leaves nothing behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const env = await settings({ WELDMQ_LISTEN: `127.0.0.1:${port}` })
  const { child, printed } = run(env, ['--workers', '2'])
  expect((await once(child, 'close'))[0]).toBe(1)
  expect(printed().match(/Cannot listen on .*: another program already uses that address/g)).toHaveLength(1)
  expect(printed()).not.toContain('    at ')
  expect(printed()).toContain('embedded Postgres: stopped')
  taken.close()
})

test('a wrong number of workers is refused with exit code 2, and --help says what there is', async () => {
  const wrong = run({}, ['--workers', '65'])
  expect((await once(wrong.child, 'close'))[0]).toBe(2)
  expect(wrong.printed()).toContain('It must be a whole number from 1 to 64.')
  const help = run({}, ['--help'])
  expect((await once(help.child, 'close'))[0]).toBe(0)
  expect(help.printed()).toContain('--workers <count>')
})
