import { ageQueue, sqlFor } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { type Say, aConnection } from './beanstalk.ts'
import { aDatabase, aGateway, projectId } from './gateway.ts'

// The same queues through two doors, in two gateways on one database: beanstalk and REST v3.
const database = await aDatabase()
const { send } = await aGateway(database)
const { beanstalk } = await aGateway(database)
const sql = sqlFor(database)
afterAll(() => sql.end())

let queues = 0
/** A queue of its own for one test, as both doors see it. */
async function aQueue(settings?: Record<string, unknown>) {
  const name = `queue-${queues++}`
  const at = `/3/projects/${projectId}/queues/${name}`
  if (settings) expect((await send('PUT', at, { queue: settings })).status).toBe(200)
  const rest = {
    send: (method: string, path = '', body?: unknown) => send(method, at + path, body),
    async post(body: string, more: Record<string, unknown> = {}): Promise<string> {
      const { json } = await send('POST', `${at}/messages`, { messages: [{ body, ...more }] })
      return json.ids[0]
    },
    async reserve(options: Record<string, unknown> = {}): Promise<any[]> {
      return (await send('POST', `${at}/reservations`, options)).json.messages
    },
    peek: async (): Promise<any[]> => (await send('GET', `${at}/messages?n=10`)).json.messages,
    find: (id: string) => send('GET', `${at}/messages/${id}`),
    size: async (): Promise<number> => (await send('GET', at)).json.queue.size,
  }
  return { name, rest, connect: () => aConnection(beanstalk[0]!, name), say: await aConnection(beanstalk[0]!, name) }
}

async function put(say: Say, body: string | Buffer, { pri = 0, delay = 0, ttr = 60 } = {}): Promise<string> {
  const reply = await say(`put ${pri} ${delay} ${ttr} ${Buffer.byteLength(body)}`, body)
  return /^INSERTED (\d+)$/.exec(reply)![1]!
}

/** The same message, as REST spells its id. */
const restId = (job: string) => String(10n ** 18n + BigInt(job))
const jobId = (id: string) => String(BigInt(id) - 10n ** 18n)

/** What stats-job says of these keys, in that order. */
async function stats(say: Say, job: string, ...keys: string[]): Promise<string> {
  const document = await say(`stats-job ${job}`)
  return keys.map((key) => new RegExp(`^${key}: (.*)$`, 'm').exec(document)?.[1]).join(' ')
}

test('ids: the same number on both sides, spelled in 19 digits over REST', async () => {
  const { say, rest } = await aQueue()
  const job = await put(say, 'from beanstalk')
  const id = await rest.post('from REST')
  expect((await rest.reserve({ n: 2 })).map((message) => [message.id, message.body])).toEqual([
    [restId(job), 'from beanstalk'],
    [id, 'from REST'],
  ])
  expect(await say(`peek ${jobId(id)}`)).toBe(`FOUND ${jobId(id)} from REST`)
  expect(BigInt(jobId(id))).toBeGreaterThan(BigInt(job))
})

test('bodies: text as it is, other bytes in base64, and back', async () => {
  const { say, rest } = await aQueue()
  const bytes = Buffer.from([0, 255, 13, 10])
  await put(say, 'ünï\0code\r\n')
  await put(say, bytes)
  const [text, other] = await rest.reserve({ n: 2 })
  expect(text).toMatchObject({ body: 'ünï\0code\r\n' })
  expect(text).not.toHaveProperty('body_encoding')
  expect(other).toMatchObject({ body: bytes.toString('base64'), body_encoding: 'base64' })
  const id = await rest.post('ünï')
  const reply = await say('reserve-with-timeout 0')
  expect(reply).toBe(`RESERVED ${jobId(id)} ${Buffer.from('ünï').toString('latin1')}`)
})

test('a message larger than a job may be is delivered unshortened', async () => {
  const { say, rest } = await aQueue()
  const id = await rest.post('x'.repeat(200_000))
  expect(await say('reserve')).toBe(`RESERVED ${jobId(id)} ${'x'.repeat(200_000)}`)
})

test('one order for both: the most urgent first, then the oldest; REST posts are not urgent', async () => {
  const { say, rest } = await aQueue()
  const late = await put(say, 'late', { pri: 65_537 })
  const id = await rest.post('REST')
  const same = await put(say, 'same', { pri: 65_536 })
  const urgent = await put(say, 'urgent', { pri: 1 })
  expect(await stats(say, jobId(id), 'pri', 'delay', 'ttr')).toBe('65536 0 60')
  const [first] = await rest.reserve()
  expect(first.id).toBe(restId(urgent))
  expect(await say('reserve')).toBe(`RESERVED ${jobId(id)} REST`)
  expect(await say(`release ${jobId(id)} 65536 0`)).toBe('RELEASED')
  expect((await rest.reserve({ n: 9 })).map((message) => message.id)).toEqual([id, restId(same), restId(late)])
})

test('delays: of either door, seen by both', async () => {
  const { say, rest } = await aQueue()
  const job = await put(say, 'put', { delay: 100 })
  const id = await rest.post('posted', { delay: 200 })
  expect([await rest.reserve(), await rest.peek()]).toEqual([[], []])
  expect((await rest.find(restId(job))).json.message).toMatchObject({ id: restId(job), body: 'put' })
  expect(await say('peek-delayed')).toBe(`FOUND ${job} put`)
  expect(await stats(say, jobId(id), 'state', 'delay')).toBe('delayed 200')
  expect((await rest.send('DELETE', `/messages/${restId(job)}`)).status).toBe(200)
  expect(await say(`peek ${job}`)).toBe('NOT_FOUND')
  expect(await say(`kick-job ${jobId(id)}`)).toBe('KICKED')
  expect(await rest.reserve()).toMatchObject([{ id }])
})

test('the time of a reservation is that of its own door', async () => {
  const { say, rest } = await aQueue({ message_timeout: 200 })
  const job = await put(say, 'put', { ttr: 1000 })
  const id = await rest.post('posted')
  expect(await stats(say, jobId(id), 'ttr')).toBe('200')
  await rest.reserve({ n: 2 })
  for (const one of [job, jobId(id)]) {
    expect(Number(await stats(say, one, 'time-left'))).toBeGreaterThan(150)
    expect(Number(await stats(say, one, 'time-left'))).toBeLessThanOrEqual(200)
  }
})

test('a job reserved by a beanstalk connection is nobody else’s', async () => {
  const { say, rest, connect } = await aQueue()
  const job = await put(say, 'work')
  const other = await connect()
  await say('reserve')
  expect([await rest.reserve(), await rest.peek()]).toEqual([[], []])
  const at = `/messages/${restId(job)}`
  const wrong = { reservation_id: '0123456789abcdef0123456789abcdef' }
  expect((await rest.send('DELETE', at)).status).toBe(400)
  expect((await rest.send('DELETE', at, wrong)).status).toBe(403)
  expect((await rest.send('POST', `${at}/touch`, wrong)).status).toBe(403)
  expect((await rest.send('POST', `${at}/release`, wrong)).status).toBe(403)
  expect(await other(`delete ${job}`)).toBe('NOT_FOUND')
  expect(await stats(other, job, 'state')).toBe('reserved')
  expect(await rest.size()).toBe(1)

  const reserved = rest.reserve({ wait: 20 })
  say.close()
  const [taken] = await reserved
  expect(taken).toMatchObject({ id: restId(job), reserved_count: 2 })
  expect(await stats(other, job, 'releases', 'timeouts')).toBe('0 0')
})

test('a message reserved over REST is nobody else’s', async () => {
  const { say, rest } = await aQueue()
  const job = jobId(await rest.post('work'))
  const [{ reservation_id }] = await rest.reserve({ timeout: 100 })
  const refused = [`delete ${job}`, `release ${job} 0 0`, `bury ${job} 0`, `touch ${job}`, `reserve-job ${job}`]
  for (const command of [...refused, `kick-job ${job}`]) expect(await say(command), command).toBe('NOT_FOUND')
  expect(await say(`peek ${job}`)).toBe(`FOUND ${job} work`)
  expect(await say('reserve-with-timeout 0')).toBe('TIMED_OUT')
  expect(await stats(say, job, 'state', 'reserves')).toBe('reserved 1')
  const left = Number(await stats(say, job, 'time-left'))
  expect(left > 50 && left <= 100, String(left)).toBe(true)

  const released = await rest.send('POST', `/messages/${restId(job)}/release`, { reservation_id, delay: 50 })
  expect(released.status).toBe(200)
  expect(await stats(say, job, 'state', 'releases', 'delay')).toBe('delayed 1 50')
})

test('a reservation that is over is over on both sides, and counted', async () => {
  const { say, rest, name } = await aQueue()
  const job = await put(say, 'work', { ttr: 60 })
  await say('reserve')
  await ageQueue(sql, { project: projectId, queue: name }, 60)
  const [taken] = await rest.reserve({ wait: 20, timeout: 60 })
  expect(taken).toMatchObject({ id: restId(job), reserved_count: 2 })
  expect(await say(`release ${job} 0 0`)).toBe('NOT_FOUND')
  await ageQueue(sql, { project: projectId, queue: name }, 60)
  expect(await say('reserve-with-timeout 20')).toBe(`RESERVED ${job} work`)
  expect(await stats(say, job, 'reserves', 'timeouts', 'releases')).toBe('3 2 0')
  const late = { reservation_id: taken.reservation_id }
  expect((await rest.send('DELETE', `/messages/${restId(job)}`, late)).status).toBe(403)
})

test('a touch over REST is counted as a reservation and renames it, over beanstalk it is not', async () => {
  const { say, rest } = await aQueue()
  const job = await put(say, 'work')
  await say('reserve')
  await say(`touch ${job}`)
  expect(await stats(say, job, 'reserves')).toBe('1')
  await say(`release ${job} 0 0`)
  const [{ reservation_id }] = await rest.reserve()
  const touched = await rest.send('POST', `/messages/${restId(job)}/touch`, { reservation_id })
  expect(touched.json.reservation_id).not.toBe(reservation_id)
  expect(await stats(say, job, 'reserves')).toBe('3')
})

test('what waits at one door is woken by the other', async () => {
  const { say, rest } = await aQueue({})
  const reserved = say('reserve')
  const id = await rest.post('for beanstalk')
  expect(await reserved).toBe(`RESERVED ${jobId(id)} for beanstalk`)
  const waiting = rest.reserve({ wait: 20 })
  await say(`release ${jobId(id)} 0 0`)
  expect(await waiting).toMatchObject([{ id }])
})

test('a buried job is out of the way of REST, but can be found and deleted by its id', async () => {
  const { say, rest } = await aQueue()
  const [job, other] = [await put(say, 'one'), await put(say, 'two')]
  for (const one of [job, other]) {
    await say(`reserve-job ${one}`)
    expect(await say(`bury ${one} 0`)).toBe('BURIED')
  }
  expect([await rest.reserve(), await rest.peek(), await rest.size()]).toEqual([[], [], 2])
  expect((await rest.find(restId(job))).json.message).toMatchObject({ body: 'one' })
  expect((await rest.send('DELETE', `/messages/${restId(job)}`)).status).toBe(200)
  expect(await say('peek-buried')).toBe(`FOUND ${other} two`)
  expect(await say('kick 5')).toBe('KICKED 1')
  expect(await rest.reserve()).toMatchObject([{ body: 'two' }])
})

test('a paused tube gives nothing to REST either, and goes on for both', async () => {
  const { say, rest, name } = await aQueue()
  const id = await rest.post('work')
  expect(await say(`pause-tube ${name} 1000`)).toBe('PAUSED')
  expect([await rest.reserve(), await say('reserve-with-timeout 0')]).toEqual([[], 'TIMED_OUT'])
  const waiting = rest.reserve({ wait: 20 })
  expect(await say(`pause-tube ${name} 0`)).toBe('PAUSED')
  expect(await waiting).toMatchObject([{ id }])
})

test('clear takes jobs in every state, and their holders lose them', async () => {
  const { say, rest, name } = await aQueue()
  const held = await put(say, 'held')
  await say('reserve')
  const buried = await put(say, 'buried')
  await say(`reserve-job ${buried}`)
  await say(`bury ${buried} 0`)
  await put(say, 'delayed', { delay: 100 })
  await put(say, 'ready')
  expect((await rest.send('DELETE', '/messages', {})).status).toBe(200)
  for (const command of [`touch ${held}`, `release ${held} 0 0`, `delete ${held}`, `peek ${buried}`, 'peek-delayed']) {
    expect(await say(command), command).toBe('NOT_FOUND')
  }
  expect(await say(`stats-tube ${name}`)).toMatch(/current-jobs-ready: 0\n[^]*current-jobs-buried: 0\ntotal-jobs: 4\n/)
})

test('a queue deleted over REST lives on empty and transient while a connection uses it', async () => {
  const { say, rest } = await aQueue({})
  const held = await put(say, 'held')
  await say('reserve')
  expect((await rest.send('DELETE')).status).toBe(200)
  expect(await say(`delete ${held}`)).toBe('NOT_FOUND')
  const job = await put(say, 'new')
  expect(await say('reserve-with-timeout 20')).toBe(`RESERVED ${job} new`)
  expect(await rest.size()).toBe(1)
})

test('a tube that is only used is a queue while it is used; one made over REST stays', async () => {
  const { rest, say, name, connect } = await aQueue()
  expect((await rest.send('GET')).status).toBe(200)
  expect(await say('use default')).toBe('USING default')
  expect(await say('watch default')).toBe('WATCHING 2')
  expect(await say(`ignore ${name}`)).toBe('WATCHING 1')
  expect(await say(`stats-tube ${name}`)).toBe('NOT_FOUND')
  expect((await rest.send('GET')).status).toBe(404)

  const lasting = await connect()
  expect((await rest.send('PUT')).status).toBe(200)
  await lasting('watch default')
  await lasting(`ignore ${name}`)
  await lasting('use default')
  expect((await rest.send('GET')).status).toBe(200)
  expect(await lasting('list-tubes')).toContain(`\n- ${name}\n`)
})

test('names: what no tube can be called is left out, what no path can name is only a tube', async () => {
  const { say } = await aQueue()
  const all = `/3/projects/${projectId}/queues`
  expect((await send('PUT', `${all}/n%C3%A4me%20of%20REST`)).status).toBe(200)
  await say('use a/tube')
  const tubes = await say('list-tubes')
  expect(tubes).toContain('\n- a/tube\n')
  expect(tubes).not.toContain('me of REST')
})

test('the dead letter setting of a queue holds for beanstalk too', async () => {
  const { name: target, say: atTarget } = await aQueue({})
  const { say } = await aQueue({ dead_letter: { queue_name: target, max_reservations: 1 } })
  const job = await put(say, 'failing')
  await say('reserve')
  await say(`release ${job} 0 0`)
  expect(await say('reserve-with-timeout 0')).toBe('TIMED_OUT')
  expect(await atTarget('peek-ready')).toBe(`FOUND ${job} failing`)
  expect(await stats(say, job, 'tube', 'state')).toBe(`"${target}" ready`)
})

test('counters of a tube count both worlds', async () => {
  const { say, rest, name } = await aQueue()
  await put(say, 'put')
  await rest.post('posted')
  const [first] = await rest.reserve()
  await rest.send('DELETE', `/messages/${first.id}`, { reservation_id: first.reservation_id })
  expect(await rest.reserve({ delete: true })).toHaveLength(1)
  const document = await say(`stats-tube ${name}`)
  expect(document).toMatch(/\ntotal-jobs: 2\n/)
  expect(document).toMatch(/\ncmd-delete: 2\n/)
})
