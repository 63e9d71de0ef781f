import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

const put = (queue: unknown) => my.say('PUT', '/queues/q', { queue })
const patch = (queue: unknown) => my.say('PATCH', '/queues/q', { queue })

const one = { name: 'one', url: 'http://example.com/1' }
const two = { name: 'two', url: 'http://example.com/2', headers: { 'X-A': 'b' } }

/** A push queue in the order of its keys on the wire. */
const shown = (push: Record<string, unknown> = {}, more: Record<string, unknown> = {}, sizes?: [number, number]) =>
  `200 ${JSON.stringify({
    queue: {
      project_id: my.id,
      name: 'q',
      ...(sizes && { size: sizes[0], total_messages: sizes[1] }),
      message_timeout: 60,
      message_expiration: 604_800,
      type: 'multicast',
      ...more,
      push: { retries: 3, retries_delay: 60, error_queue: '', subscribers: [one], ...push },
    },
  })}`

const bad = (msg: string) => `400 ${JSON.stringify({ msg })}`

test('queue.7 C4 push without a type makes a multicast queue', async () => {
  expect(await put({ push: { subscribers: [one] } })).toBe(shown())
  expect(await my.say('GET', '/queues/q')).toBe(shown({}, {}, [0, 0]))
})

test('queue.7 a queue is created with the type that is asked for, and with all settings', async () => {
  const push = { retries: 0, retries_delay: 3, error_queue: 'errors', subscribers: [one, two] }
  expect(await put({ type: 'unicast', push, message_timeout: 5 })).toBe(
    shown(push, { type: 'unicast', message_timeout: 5 }),
  )
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[{"name":"q"}]}')
})

test.each([
  [{ type: 'multicast' }, 'queue.push.subscribers must hold at least one subscriber'],
  [{ type: 'unicast', push: {} }, 'queue.push.subscribers must hold at least one subscriber'],
  [{ push: { subscribers: [] } }, 'queue.push.subscribers must hold at least one subscriber'],
  [{ type: 'pull', push: { subscribers: [one] } }, 'queue.push must not be given for a pull queue'],
  [{ type: 'pull', push: {} }, 'queue.push must not be given for a pull queue'],
])('queue.7 C5 C6 %j makes no queue', async (queue, msg) => {
  expect(await put(queue)).toBe(bad(msg))
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
})

test('queue.7 U4 a pull queue takes no push', async () => {
  await put({})
  for (const send of [put, patch]) {
    for (const push of [{ subscribers: [one] }, { retries: 5 }, {}]) {
      expect(await send({ push })).toBe(bad('queue.push must not be given for a pull queue'))
      expect(await send({ push, type: 'pull' })).toBe(bad('queue.push must not be given for a pull queue'))
    }
  }
  expect(await my.send('PATCH', '/queues/q', { queue: { push: null } })).toMatchObject({ status: 200 })
})

test('queue.7 the missing queue comes before what is wrong with its push', async () => {
  expect(await patch({ push: { subscribers: [one] } })).toBe('404 {"msg":"Queue not found"}')
  expect(await patch({ push: { retries: -1 } })).toBe('404 {"msg":"Queue not found"}')
})

test('queue.6 C10 C11 U3 Q1 the type of a push queue never changes, and the same one is fine', async () => {
  await put({ type: 'multicast', push: { subscribers: [one] } })
  for (const send of [put, patch]) {
    for (const type of ['pull', 'unicast']) {
      expect(await send({ type })).toBe('403 {"msg":"Queue type cannot be changed"}')
    }
    expect(await send({ type: 'pull', push: {} })).toBe('403 {"msg":"Queue type cannot be changed"}')
  }
  expect(await put({ type: 'multicast' })).toBe(shown())
})

test('queue.10 U6 U7 what is left out is kept, and push.subscribers replaces the list', async () => {
  await put({ push: { subscribers: [one, two], error_queue: 'errors', retries: 7 } })
  const kept = { retries: 7, error_queue: 'errors' }
  expect(await patch({ push: { retries_delay: 30 } })).toBe(
    shown({ ...kept, retries_delay: 30, subscribers: [one, two] }, {}, [0, 0]),
  )
  expect(await put({ push: { subscribers: [two] } })).toBe(shown({ ...kept, retries_delay: 30, subscribers: [two] }))
  expect(await patch({ push: { subscribers: [], error_queue: '', retries: 3, retries_delay: 60 } })).toBe(
    shown({ subscribers: [] }, {}, [0, 0]),
  )
})

test('queue.10 C7 C13 U5 Q8 a push queue has neither dead letters nor alerts', async () => {
  const alerts = [{ type: 'fixed', trigger: 5, queue: 'a' }]
  const push = { subscribers: [one] }
  const noDeadLetters = bad('queue.dead_letter must not be given for a push queue')
  const noAlerts = bad('Push queues do not support alerts.')
  expect(await put({ push, dead_letter: { queue_name: 'd' } })).toBe(noDeadLetters)
  expect(await put({ push, alerts })).toBe(noAlerts)
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
  await put({ push })
  expect(await patch({ dead_letter: { queue_name: 'd' } })).toBe(noDeadLetters)
  expect(await patch({ alerts })).toBe(noAlerts)
  expect(await patch({ alerts: [] })).toBe(shown({}, {}, [0, 0]))
})

const wrongPush: [push: unknown, msg: string][] = [
  [{ retries: 101 }, 'queue.push.retries must be between 0 and 100'],
  [{ retries: -1 }, 'queue.push.retries must be between 0 and 100'],
  [{ retries: 1.5 }, 'queue.push.retries must be an integer'],
  [{ retries_delay: 2 }, 'queue.push.retries_delay must be between 3 and 86400'],
  [{ retries_delay: 86_401 }, 'queue.push.retries_delay must be between 3 and 86400'],
  [{ rate: 100_001 }, 'queue.push.rate must be between 0 and 100000'],
  [{ pause_after: 1001 }, 'queue.push.pause_after must be between 0 and 1000'],
  [{ error_queue: 5 }, 'queue.push.error_queue must be a string'],
  [{ error_queue: 'a/b' }, 'queue.push.error_queue must not contain a slash or NUL'],
  [{ error_queue: 'q' }, 'queue.push.error_queue must not be the queue itself'],
  [{ subscribers: {} }, 'queue.push.subscribers must be an array'],
  [{ subscribers: ['http://example.com/'] }, 'queue.push.subscribers[0] must be an object'],
  [{ subscribers: [{ url: 'http://a/' }] }, 'queue.push.subscribers[0].name is required'],
  [{ subscribers: [one, one] }, 'queue.push.subscribers[1].name must be unique'],
  [
    { subscribers: [one, { name: 'b', url: 'ftp://a/' }] },
    'queue.push.subscribers[1].url must be an http, https or ironmq address',
  ],
  [{ subscribers: [{ name: 'b', url: 'ironmq:///q' }] }, 'queue.push.subscribers[0].url must not be the queue itself'],
  [
    { subscribers: [{ name: 'b', url: `http://a/${'x'.repeat(65_536)}` }] },
    'queue.push.subscribers must be at most 65536 bytes as JSON',
  ],
  [5, 'queue.push must be an object'],
]

test.each(wrongPush.map(([push, msg]) => ({ push, msg })))(
  'queue.11 E7 push of which $msg is refused and changes nothing',
  async ({ push, msg }) => {
    const wanted = typeof push === 'object' ? { subscribers: [one], ...push } : push
    expect(await put({ push: wanted })).toBe(bad(msg))
    expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
    await put({ push: { subscribers: [one] } })
    expect(await put({ push })).toBe(bad(msg))
    expect(await patch({ push, message_timeout: 5 })).toBe(bad(msg))
    expect(await my.say('GET', '/queues/q')).toBe(shown({}, {}, [0, 0]))
  },
)

test('queue.11 E7 a push queue may be the error queue of another', async () => {
  await put({ push: { subscribers: [one] } })
  const push = { subscribers: [one], error_queue: 'q' }
  expect((await my.send('PUT', '/queues/other', { queue: { push } })).status).toBe(200)
})

test('queue.12 rate and pause_after are shown while they are set', async () => {
  expect(await put({ push: { subscribers: [one], rate: 100, pause_after: 5 } })).toBe(
    `200 ${JSON.stringify({
      queue: {
        project_id: my.id,
        name: 'q',
        message_timeout: 60,
        message_expiration: 604_800,
        type: 'multicast',
        push: { retries: 3, retries_delay: 60, error_queue: '', rate: 100, pause_after: 5, subscribers: [one] },
      },
    })}`,
  )
  expect(await patch({ push: { rate: 0, pause_after: 0 } })).toBe(shown({}, {}, [0, 0]))
})
