import { describe, expect, test } from 'vitest'
import { aCore, refused, valueOf } from '../../test/a-core.ts'
import { aBody, aQueue } from '../../test/a-queue.ts'
import type { NewMessage } from './message.ts'

const a = await aCore()
const { core } = a

const post = (q: { on: { project: string; queue: string } }, ...messages: NewMessage[]) =>
  core.postMessages({ ...q.on, messages })
const body = Buffer.from('work')

describe('posting', () => {
  test('P1 answers one id per message, in the order sent, growing with every post', async () => {
    const q = await aQueue(a)
    const first = await q.post('1', '2', '3')
    const then = await q.post('4')
    expect(first).toHaveLength(3)
    const all = [...first, ...then]
    expect(all).toEqual(all.toSorted((x, y) => x - y))
    expect(new Set(all).size).toBe(4)
    for (const [i, id] of all.entries()) {
      expect(await q.find(id)).toMatchObject({ value: { body: Buffer.from(`${i + 1}`) } })
    }
  })

  test('P1 I8 a long post keeps its order', async () => {
    const q = await aQueue(a)
    const bodies = Array.from({ length: 1000 }, (_, i) => `${i}`)
    const ids = await q.post(...bodies)
    expect(ids).toEqual(ids.toSorted((x, y) => x - y))
    const taken: string[] = []
    for (let i = 0; i < 10; i++) taken.push(...(await q.bodies()))
    expect(taken).toEqual(bodies)
  })

  test('P1 many posts at once each get their own ids, and their messages stay in the order of these', async () => {
    const q = await aQueue(a)
    const posts = Array.from({ length: 100 }, async (_, i) => {
      const bodies = Array.from({ length: (i % 3) + 1 }, (_, k) => `${i}.${k}`)
      return (await q.post(...bodies)).map((id, k) => ({ id, body: bodies[k]! }))
    })
    const all = (await Promise.all(posts)).flat().toSorted((x, y) => x.id - y.id)
    expect(await q.size()).toEqual({ size: all.length, totalMessages: all.length })
    expect([...(await q.bodies()), ...(await q.bodies())]).toEqual(all.map((one) => one.body))
  })

  test('P2 makes a default queue when there is none', async () => {
    const q = await aQueue(a)
    await q.post('work')
    expect(await core.findQueue(q.on)).toMatchObject({
      value: { type: 'pull', messageTimeoutSeconds: 60, size: 1, totalMessages: 1 },
    })
  })

  test.each([
    ['messages', []],
    ['messages', Array<NewMessage>(10_001).fill({ body })],
    ['messages[1].delay', [{ body }, { body, delaySeconds: -1 }]],
    ['messages[0].delay', [{ body, delaySeconds: 604_801 }, { body }]],
    ['messages[1].delay', [{ body }, { body, delaySeconds: 0.5 }]],
    ['messages[0].priority', [{ body, priority: -1 }]],
    ['messages[0].priority', [{ body, priority: 4_294_967_296 }]],
    ['messages[2].push_headers', [{ body }, { body }, { body, pushHeaders: { '': 'x' } }]],
  ])('P3 P5 P6 refuses a post with wrong %s as a whole: nothing is stored', async (field, messages: NewMessage[]) => {
    const q = await aQueue(a)
    expect(await post(q, ...messages)).toEqual(refused('invalid', { field }))
    expect(await core.listQueues({ project: q.on.project })).toEqual([])
  })

  test('a post that is refused does not harm the posts that come with it', async () => {
    const q = await aQueue(a)
    const results = await Promise.all([
      post(q, { body: Buffer.from('1') }),
      post(q, { body, delaySeconds: -1 }),
      post(q, { body: Buffer.from('2') }),
    ])
    expect(results.map((result) => result.ok)).toEqual([true, false, true])
    expect(await q.bodies()).toEqual(['1', '2'])
  })
})

describe('a body comes back byte for byte', () => {
  test.each<[string, Buffer]>([
    ['all byte values', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['no bytes at all', Buffer.alloc(0)],
    ['256 KiB', aBody(256 * 1024)],
    ['NUL', Buffer.from('\0')],
    ['what looks like an escape', Buffer.from('\\x00 \\\\ \\000')],
    ['all sorts of Unicode', Buffer.from('\u2028 \u{1f407} ä \ufeff {"a": ')],
    ['half of a surrogate pair, as some write it', Buffer.from([0xed, 0xa0, 0x80])],
  ])('I9 P7 %s', async (_, bytes) => {
    const q = await aQueue(a)
    const [id] = valueOf(await post(q, { body: bytes }))
    expect((await core.peekMessages({ ...q.on, count: 1 })).ok).toBe(true)
    expect(valueOf(await core.peekMessages({ ...q.on, count: 1 }))[0]!.body.equals(bytes)).toBe(true)
    expect(valueOf(await q.find(id!)).body.equals(bytes)).toBe(true)
    expect((await q.reserveOne()).body.equals(bytes)).toBe(true)
  })

  test('I9 also when many of different lengths share a statement', async () => {
    const q = await aQueue(a)
    const bodies = Array.from({ length: 60 }, (_, i) => aBody(i % 7 === 0 ? 0 : i * 37))
    const ids = await Promise.all(bodies.map((bytes) => post(q, { body: bytes }).then(valueOf)))
    const byId = new Map(ids.map(([id], i) => [id!, bodies[i]!]))
    const taken = await q.reserve(100)
    expect(taken).toHaveLength(60)
    for (const message of taken) expect(message.body.equals(byId.get(message.id)!)).toBe(true)
  })

  test('I9 also when a post is larger than what a statement usually carries', async () => {
    const q = await aQueue(a)
    const bodies = Array.from({ length: 40 }, () => aBody(256 * 1024))
    await post(q, ...bodies.map((bytes) => ({ body: bytes })))
    const taken = await q.reserve(100)
    expect(taken.map((message, i) => message.body.equals(bodies[i]!))).toEqual(bodies.map(() => true))
  })
})

describe('the order of messages', () => {
  test('is by priority, the most urgent first, then by time of posting', async () => {
    const q = await aQueue(a)
    const priorities = [65_536, 0, 4_294_967_295, 10, 65_536, 10, 0, 65_535, 65_537]
    await post(q, ...priorities.map((priority, i) => ({ body: Buffer.from(`${priority} ${i}`), priority })))
    expect(await q.bodies()).toEqual([
      '0 1',
      '0 6',
      '10 3',
      '10 5',
      '65535 7',
      '65536 0',
      '65536 4',
      '65537 8',
      '4294967295 2',
    ])
  })

  test('gives a message without priority the usual one', async () => {
    const q = await aQueue(a)
    await post(q, { body: Buffer.from('later'), priority: 65_537 }, { body: Buffer.from('usual') })
    expect((await q.reserve(2)).map(({ body, priority }) => [body.toString(), priority])).toEqual([
      ['usual', 65_536],
      ['later', 65_537],
    ])
  })
})

describe('a delay', () => {
  test('I12 keeps the message from being handed out until it has ended', async () => {
    const q = await aQueue(a)
    await q.postOne('delayed', { delaySeconds: 100 })
    await q.pass(50)
    expect(await q.bodies()).toEqual([])
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    await q.pass(50)
    expect(await q.bodies()).toEqual(['delayed'])
  })

  test('F4 ends where the message was posted, ahead of those posted after it', async () => {
    const q = await aQueue(a)
    await q.post('before')
    await q.postOne('delayed', { delaySeconds: 100 })
    await q.post('after')
    expect(await q.peek()).toEqual(['before', 'after'])
    await q.pass(100)
    expect(await q.bodies()).toEqual(['before', 'delayed', 'after'])
  })

  test('may be as long as a week', async () => {
    const q = await aQueue(a)
    await q.postOne('delayed', { delaySeconds: 604_800 })
    await q.pass(604_700)
    expect(await q.bodies()).toEqual([])
  })
})

describe('push headers', () => {
  test.each<[Record<string, string>]>([
    [{}],
    [{ 'X-One': '1', 'x-two': 'ä 🐇', three: 'x'.repeat(1024), ['n'.repeat(64)]: ' ', five: 'tab\there' }],
    [{ "!#$%&'*+.^_`|~-": 'every sign that a name may have' }],
  ])('within the limits are stored, and not shown on a pull queue', async (pushHeaders) => {
    const q = await aQueue(a)
    const id = await q.postOne('work', { pushHeaders })
    const [row] = await a.sql`select push_headers from weldmq.messages where id = ${id}`
    expect(row!['push_headers']).toEqual(pushHeaders)
    expect(Object.keys(await q.reserveOne()).toSorted()).toEqual([
      'body',
      'id',
      'priority',
      'reservationId',
      'reservedCount',
      'timeoutSeconds',
    ])
  })

  test.each<[string, Record<string, string>]>([
    ['six of them', { a: '1', b: '1', c: '1', d: '1', e: '1', f: '1' }],
    ['an empty name', { '': '1' }],
    ['a name of 65 bytes', { ['n'.repeat(65)]: '1' }],
    ['a name with a space', { 'a b': '1' }],
    ['a name with a colon', { 'a:': '1' }],
    ['a name that is not ASCII', { ä: '1' }],
    ['a name with a line break', { 'a\n': '1' }],
    ['an empty value', { a: '' }],
    ['a value of 1025 bytes', { a: 'x'.repeat(1025) }],
    ['a value of 1025 bytes that is shorter in letters', { a: `${'ä'.repeat(512)}x` }],
    ['a value with a line break', { a: 'x\r\nb: y' }],
    ['a value with NUL', { a: '\0' }],
    ['a value that is not well-formed', { a: '\ud800' }],
    ['the content type', { 'Content-Type': 'text/plain' }],
    ['the user agent', { 'user-agent': 'x' }],
    ['the message id', { 'iron-MESSAGE-id': 'x' }],
    ['the reservation id', { 'Iron-Reservation-Id': 'x' }],
    ['the subscriber', { 'Iron-Subscriber-Name': 'x' }],
    ['the message url', { 'Iron-Subscriber-Message-Url': 'x' }],
  ])('with %s are refused', async (_, pushHeaders) => {
    const q = await aQueue(a)
    expect(await post(q, { body, pushHeaders })).toEqual(refused('invalid', { field: 'messages[0].push_headers' }))
  })
})
