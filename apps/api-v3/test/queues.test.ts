import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

const put = (queue: unknown) => my.say('PUT', '/queues/q', { queue })
const patch = (queue: unknown) => my.say('PATCH', '/queues/q', { queue })

/** The queue object in the order of its keys on the wire. */
const shown = (changes: Record<string, unknown> = {}, sizes?: [size: number, total: number]) =>
  `200 ${JSON.stringify({
    queue: {
      project_id: my.id,
      name: 'q',
      ...(sizes && { size: sizes[0], total_messages: sizes[1] }),
      message_timeout: 60,
      message_expiration: 604_800,
      type: 'pull',
      ...changes,
    },
  })}`

test.each(['', '{}', '{"queue":{}}', '{"queue":null}', '{"queue":{"name":"other","size":5,"total_messages":0}}'])(
  'queue.1 PUT with %j creates a queue of the defaults, shown without sizes',
  async (body) => {
    expect(await my.say('PUT', '/queues/q', body)).toBe(shown())
    expect(await my.say('GET', '/queues/q')).toBe(shown({}, [0, 0]))
  },
)

test('queue.2 what is given is set, what is not given or 0 is kept', async () => {
  expect(await put({ message_timeout: 5, message_expiration: 3000, type: 'pull' })).toBe(
    shown({ message_timeout: 5, message_expiration: 3000 }),
  )
  expect(await put({ message_timeout: 0, message_expiration: 404 })).toBe(
    shown({ message_timeout: 5, message_expiration: 404 }),
  )
  expect(await patch({ name: '', message_timeout: 86_400, message_expiration: 0, size: 0 })).toBe(
    shown({ message_timeout: 86_400, message_expiration: 404 }, [0, 0]),
  )
  expect(await patch({ message_timeout: null })).toBe(
    shown({ message_timeout: 86_400, message_expiration: 404 }, [0, 0]),
  )
})

test('queue.3 the sizes are exact, and a missing queue is not found', async () => {
  expect(await my.say('GET', '/queues/q')).toBe('404 {"msg":"Queue not found"}')
  expect(await patch({})).toBe('404 {"msg":"Queue not found"}')
  const [first] = await my.post('q', 'a', 'b', 'c')
  await my.reserve('q')
  expect(await my.say('GET', '/queues/q')).toBe(shown({}, [3, 3]))
  await my.say('DELETE', '/queues/q/messages')
  expect(await patch({})).toBe(shown({}, [0, 3]))
  expect(first).toMatch(/^1\d{18}$/)
})

test('queue.4 a dead letter queue is set, shown, changed and taken away', async () => {
  expect(await put({ dead_letter: { queue_name: '' } })).toMatch(/^400 \{"msg":"queue\.dead_letter\.queue_name /)
  expect(await put({ dead_letter: { queue_name: 'dead' } })).toBe(
    shown({ dead_letter: { queue_name: 'dead', max_reservations: 10 } }),
  )
  expect((await my.send('GET', '/queues')).json.queues).toContainEqual({ name: 'dead' })
  expect(await patch({ dead_letter: { max_reservations: 1000 } })).toBe(
    shown({ dead_letter: { queue_name: 'dead', max_reservations: 1000 } }, [0, 0]),
  )
  expect(await put({ message_timeout: 5 })).toBe(
    shown({ message_timeout: 5, dead_letter: { queue_name: 'dead', max_reservations: 1000 } }),
  )
  expect(await put({ dead_letter: { queue_name: 'q' } })).toMatch(/^400 /)
  expect(await patch({ dead_letter: { queue_name: '' } })).toBe(shown({ message_timeout: 5 }, [0, 0]))
  expect((await my.send('GET', '/queues')).json.queues).toContainEqual({ name: 'dead' })
})

test.each([
  [{ message_timeout: -1 }, 'queue.message_timeout must be between 1 and 86400, or 0 for the default'],
  [{ message_timeout: 86_401 }, 'queue.message_timeout must be between 1 and 86400, or 0 for the default'],
  [{ message_timeout: '60' }, 'queue.message_timeout must be an integer'],
  [{ message_timeout: 1.5 }, 'queue.message_timeout must be an integer'],
  [{ message_expiration: 2_592_001 }, 'queue.message_expiration must be between 1 and 2592000, or 0 for the default'],
  [{ message_expiration: [] }, 'queue.message_expiration must be an integer'],
  [{ type: 'push' }, 'queue.type must be one of pull, unicast, multicast'],
  [{ type: 5 }, 'queue.type must be one of pull, unicast, multicast'],
  [
    { dead_letter: { queue_name: 'd', max_reservations: 0 } },
    'queue.dead_letter.max_reservations must be between 1 and 1000',
  ],
  [
    { dead_letter: { queue_name: 'd', max_reservations: 1001 } },
    'queue.dead_letter.max_reservations must be between 1 and 1000',
  ],
  [
    { dead_letter: { queue_name: 'd', max_reservations: '5' } },
    'queue.dead_letter.max_reservations must be an integer',
  ],
  [{ dead_letter: 'd' }, 'queue.dead_letter must be an object'],
  [{ dead_letter: { queue_name: 'a/b' } }, 'queue.dead_letter.queue_name must not contain a slash or NUL'],
  [{ dead_letter: { queue_name: 'a\0' } }, 'queue.dead_letter.queue_name must not contain a slash or NUL'],
  [{ dead_letter: { queue_name: '\ud800' } }, 'queue.dead_letter.queue_name must be well-formed Unicode'],
  ['q', 'queue must be an object'],
  [[], 'queue must be an object'],
])('queue.5 %j is refused', async (queue, msg) => {
  const refused = `400 ${JSON.stringify({ msg })}`
  expect(await put(queue)).toBe(refused)
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
  await my.say('PUT', '/queues/q')
  expect(await put(queue)).toBe(refused)
  expect(await patch(queue)).toBe(refused)
  expect(await my.say('GET', '/queues/q')).toBe(shown({}, [0, 0]))
})

test('queue.5 a number beyond every number is refused', async () => {
  expect(await my.say('PUT', '/queues/q', '{"queue":{"message_timeout":1e999}}')).toBe(
    '400 {"msg":"queue.message_timeout must be an integer"}',
  )
  expect((await my.send('PUT', '/queues/q', '{"queue":{"message_timeout":99999999999999999999}}')).status).toBe(400)
})

const push = { subscribers: [{ name: 'a', url: 'http://example.com' }] }

test('queue.6 the type of a queue never changes', async () => {
  await put({ type: 'pull' })
  const fixed = '403 {"msg":"Queue type cannot be changed"}'
  expect(await put({ type: 'multicast', push })).toBe(fixed)
  expect(await patch({ type: 'unicast' })).toBe(fixed)
  expect(await put({ type: 'pull', message_timeout: 5 })).toBe(shown({ message_timeout: 5 }))
})

test('queue.8 a deleted queue is gone with its messages, and a post makes a new one', async () => {
  await put({ message_timeout: 5 })
  const [id] = await my.post('q', 'a')
  expect(await my.say('DELETE', '/queues/q', '{"x":1}')).toBe('200 {"msg":"Deleted"}')
  expect(await my.say('DELETE', '/queues/q')).toBe('404 {"msg":"Queue not found"}')
  expect(await my.say('GET', `/queues/q/messages/${id}`)).toBe('404 {"msg":"Queue not found"}')
  await my.post('q', 'b')
  expect(await my.say('GET', '/queues/q')).toBe(shown({}, [1, 1]))
})

const names = async (query = '') => (await my.send('GET', `/queues${query}`)).json.queues.map((q) => q.name)
const make = (...queues: string[]) => Promise.all(queues.map((q) => my.say('PUT', `/queues/${encodeURIComponent(q)}`)))

test('list.1 queues are listed by name, in the order of their bytes', async () => {
  expect(await my.say('GET', '/queues')).toBe('200 {"queues":[]}')
  await make('b', 'a', 'B', 'é', 'z', 'a b', '10', '9', '\u{1f430}', '\uffee')
  expect(await my.say('GET', '/queues')).toBe(
    `200 ${JSON.stringify({ queues: ['10', '9', 'B', 'a', 'a b', 'b', 'z', 'é', '\uffee', '\u{1f430}'].map((name) => ({ name })) })}`,
  )
})

test('list.2 a page has 30 names, or up to 100', async () => {
  await make(...Array.from({ length: 101 }, (_, i) => `q${i + 100}`))
  expect(await names()).toHaveLength(30)
  expect(await names('?per_page=')).toHaveLength(30)
  expect(await names('?per_page=0')).toHaveLength(30)
  expect(await names('?per_page=-5')).toHaveLength(30)
  expect(await names('?per_page=1&page=3')).toEqual(['q100'])
  expect(await names('?per_page=101')).toHaveLength(100)
  expect(await names('?per_page=99999999999999999999999')).toHaveLength(100)
  expect(await my.say('GET', '/queues?per_page=ten')).toBe('400 {"msg":"per_page must be an integer"}')
})

test('list.3 previous is the last name of the page before, prefix the first letters', async () => {
  await make('cars', 'cats', 'ca%_', 'dogs', 'ca')
  expect(await names('?per_page=2')).toEqual(['ca', 'ca%_'])
  expect(await names('?per_page=2&previous=ca%25_&prefix=')).toEqual(['cars', 'cats'])
  expect(await names('?previous=cas')).toEqual(['cats', 'dogs'])
  expect(await names('?prefix=ca')).toEqual(['ca', 'ca%_', 'cars', 'cats'])
  expect(await names('?prefix=ca&previous=cars')).toEqual(['cats'])
  expect(await names('?prefix=ca%25')).toEqual(['ca%_'])
  expect(await names('?prefix=none')).toEqual([])
  expect(await names('?prefix=&previous=&prev=x')).toHaveLength(5)
  expect(await names('?prefix=%00')).toEqual([])
  expect(await names('?previous=%00')).toEqual([])
})

test('http.12 no answer of this file was a fault of ours', () => {
  expect(v3.faults).toEqual([])
})
