import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
  await my.say('PUT', '/queues/q', { queue: { push: { subscribers: [one] } } })
})

const one = { name: 'one', url: 'http://example.com/1' }
const two = { name: 'two', url: 'http://example.com/2', headers: { 'X-A': 'b' } }
const updated = '200 {"msg":"Updated"}'

const change = (method: string, subscribers: unknown, more = {}) =>
  my.say(method, '/queues/q/subscribers', { subscribers, ...more })
const subscribers = async () => (await my.send('GET', '/queues/q')).json.queue.push!.subscribers
const bad = (msg: string) => `400 ${JSON.stringify({ msg })}`

test('subscribers.1 S4 S5 a pull queue has none, nor has a missing queue', async () => {
  await my.say('PUT', '/queues/pull')
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect(await my.say(method, '/queues/pull/subscribers', { subscribers: [one] })).toBe(
      bad('A pull queue cannot have subscribers'),
    )
    expect(await my.say(method, '/queues/none/subscribers', { subscribers: [one] })).toBe(
      '404 {"msg":"Queue not found"}',
    )
    expect(await my.say(method, '/queues/none/subscribers', {})).toBe('404 {"msg":"Queue not found"}')
  }
  expect((await my.send('GET', '/queues/none')).status).toBe(404)
})

test('subscribers.2 S1 POST adds, and takes the place of one of that name', async () => {
  expect(await change('POST', [two])).toBe(updated)
  expect(await subscribers()).toEqual([one, two])
  expect(await change('POST', [{ name: 'one', url: 'https://other/' }])).toBe(updated)
  expect(await subscribers()).toEqual([two, { name: 'one', url: 'https://other/' }])
})

test('subscribers.2 S2 S9 PUT replaces all, by none too', async () => {
  expect(await change('PUT', [two])).toBe(updated)
  expect(await subscribers()).toEqual([two])
  expect(await change('PUT', [])).toBe(updated)
  expect(await subscribers()).toEqual([])
  expect((await my.send('GET', '/queues/q')).json.queue.type).toBe('multicast')
})

test('subscribers.3 S3 S6 DELETE removes by name, whatever else is said, and unknown ones are no mistake', async () => {
  await change('POST', [two])
  expect(await change('DELETE', [{ name: 'one', url: '' }, { name: 'none' }])).toBe(updated)
  expect(await subscribers()).toEqual([two])
  expect(await change('DELETE', [{ name: 'two', url: 'http://wrong/', headers: 5 }])).toBe(updated)
  expect(await change('DELETE', [])).toBe(updated)
  expect(await subscribers()).toEqual([])
})

const wrongLists: [list: unknown, msg: string | RegExp][] = [
  [[{ url: 'http://a/' }], 'subscribers[0].name is required'],
  [[{ name: '', url: 'http://a/' }], 'subscribers[0].name must not be empty'],
  [[one, { name: 'b' }], 'subscribers[1].url is required'],
  [[{ name: 'b', url: '' }], 'subscribers[0].url must not be empty'],
  [[{ name: 'b', url: 5 }], 'subscribers[0].url must be a string'],
  [[{ name: 'a\nb', url: 'http://a/' }], 'subscribers[0].name must be 1 to 255 bytes without control characters'],
  [[{ name: 'b', url: 'ironmq:///q' }], 'subscribers[0].url must not be the queue itself'],
  [
    [{ name: 'b', url: 'ironmq://4e25e1d25c0dd27801000275@/x' }],
    'subscribers[0].url must hold the token of the other project',
  ],
  [[{ name: 'b', url: 'ironworker:///x' }], 'subscribers[0].url must not be a worker: nothing here starts workers'],
  [[{ ...one, headers: { 'iron-message-ID': 'x' } }], 'subscribers[0].headers must not set the header iron-message-ID'],
  [[{ ...one, headers: { a: 1 } }], 'subscribers[0].headers.a must be a string'],
  [
    [{ ...one, headers: { a: 'b\r\nc' } }],
    'subscribers[0].headers must not have CR, LF or NUL in the value of the header a',
  ],
  [
    [{ ...one, secret: 'short' }],
    /^subscribers\[0\].secret must be "generate", or whsec_ and 24 to 64 bytes in base64/,
  ],
  [{}, 'subscribers must be an array'],
  [undefined, 'subscribers is required'],
  [Array(5001).fill(one), 'subscribers must have at most 5000 elements'],
]

test.each(wrongLists.map(([list, msg]) => ({ list, msg })))(
  'subscribers.4 S7 S10 U1 U2 a list of which $msg is refused and changes nothing',
  async ({ list, msg }) => {
    for (const method of ['POST', 'PUT']) {
      const { status, json } = await my.send(method, '/queues/q/subscribers', { subscribers: list })
      expect(status).toBe(400)
      expect(json.msg).toEqual(typeof msg === 'string' ? msg : expect.stringMatching(msg))
    }
    expect(await subscribers()).toEqual([one])
  },
)

test('subscribers.4 one that is removed needs a name', async () => {
  expect(await change('DELETE', [{ url: one.url }])).toBe(bad('subscribers[0].name is required'))
  expect(await subscribers()).toEqual([one])
})

test('subscribers.4 all subscribers together are at most 64 KiB', async () => {
  const large = (name: string) => ({ name, url: `http://a/${'x'.repeat(40_000)}` })
  expect(await change('POST', [large('a')])).toBe(updated)
  expect(await change('POST', [large('b')])).toBe(bad('subscribers must be at most 65536 bytes as JSON'))
})

test('subscribers.5 S8 S11 an address without a scheme is taken as it is, and a stray key headers is ignored', async () => {
  const bare = { name: 'bare', url: 'test-url.com' }
  expect(await change('PUT', [bare], { headers: { a: 'b' }, oauth: 'T' })).toBe(updated)
  expect(await subscribers()).toEqual([bare])
  expect(
    await my.say('PUT', '/queues/q/subscribers', '{"Subscribers":[{"NAME":"x","Url":"a.b/c","headers":null}]}'),
  ).toBe(updated)
  expect(await subscribers()).toEqual([{ name: 'x', url: 'a.b/c' }])
})

const drawn = /^whsec_[A-Za-z0-9+/]{43}=$/
const own = `whsec_${Buffer.alloc(24, 1).toString('base64')}`

test('secrets.1 a secret that is drawn is in that answer and in no other', async () => {
  const created = await my.send('PUT', '/queues/s', {
    queue: { push: { subscribers: [{ ...one, secret: 'generate' }, two] } },
  })
  const [signing, plain] = created.json.queue.push!.subscribers
  expect(signing).toEqual({ ...one, signed: true, secret: expect.stringMatching(drawn) })
  expect(plain).toEqual(two)
  for (const [method, body] of [['GET'], ['PUT', {}], ['PATCH', { queue: { push: { retries: 1 } } }]] as const) {
    const { json, text } = await my.send(method, '/queues/s', body)
    expect(json.queue.push!.subscribers).toEqual([{ ...one, signed: true }, two])
    expect(text).not.toContain('whsec_')
  }
})

test('secrets.1 one drawn by an update, an addition or a replacement is in its answer', async () => {
  const wanted = { ...one, secret: 'generate' }
  const patched = await my.send('PATCH', '/queues/q', { queue: { push: { subscribers: [wanted] } } })
  const seen = new Set([patched.json.queue.push!.subscribers[0]!.secret])
  for (const method of ['POST', 'PUT']) {
    const { json, text } = await my.send(method, '/queues/q/subscribers', { subscribers: [wanted, two] })
    expect(json).toEqual({ msg: 'Updated', secrets: { one: expect.stringMatching(drawn) } })
    seen.add(json.secrets!.one)
    expect(text).toMatch(/^\{"msg":"Updated",/)
  }
  expect(seen.size).toBe(3)
})

test("secrets.2 a secret of one's own is never shown, stays when it is left out, and goes with an empty one", async () => {
  expect(await change('PUT', [{ ...one, secret: own }])).toBe(updated)
  expect(await subscribers()).toEqual([{ ...one, signed: true }])
  expect(await change('PUT', [one])).toBe(updated)
  expect(await subscribers()).toEqual([{ ...one, signed: true }])
  expect(await change('POST', [{ ...one, secret: '' }])).toBe(updated)
  expect(await subscribers()).toEqual([one])
})

test('secrets.2 a name that means something to JavaScript is a name', async () => {
  const odd = { name: '__proto__', url: 'http://a/' }
  expect(await change('PUT', [odd, { name: 'constructor', url: 'http://b/' }])).toBe(updated)
  expect(await subscribers()).toEqual([odd, { name: 'constructor', url: 'http://b/' }])
  const { json } = await my.send('POST', '/queues/q/subscribers', { subscribers: [{ ...odd, secret: 'generate' }] })
  expect(Object.entries(json.secrets!)).toEqual([['__proto__', expect.stringMatching(drawn)]])
})

test('subscribers.6 resuming asks for a subscriber that is there', async () => {
  expect(await my.say('POST', '/queues/q/subscribers/one/resume')).toBe('200 {"msg":"Resumed"}')
  expect(await my.say('POST', '/queues/q/subscribers/none/resume')).toBe('404 {"msg":"Subscriber not found"}')
  expect(await my.say('POST', '/queues/none/subscribers/one/resume')).toBe('404 {"msg":"Queue not found"}')
  await change('POST', [{ name: 'a/b c', url: 'http://a/' }])
  expect(await my.say('POST', '/queues/q/subscribers/a%2Fb%20c/resume')).toBe('200 {"msg":"Resumed"}')
})

test('subscribers.7 a token without manage is not shown what opens them', async () => {
  const other = `ironmq://${my.id}:geheim@example.com/other`
  await change('PUT', [
    { name: 'one', url: 'https://user:geheim@example.com:8443/hook?key=geheim', headers: { 'X-A': 'geheim' } },
    { name: 'two', url: other },
    { name: 'three', url: 'user@example.com/#geheim' },
    { name: 'four', url: 'http:///\\user:geheim@example.com/' },
  ])
  const [id] = await my.post('q', 'x')
  const producer = { Authorization: `OAuth ${await my.tokenFor({ scopes: ['produce'] })}` }
  const consumer = { Authorization: `OAuth ${await my.tokenFor({ scopes: ['consume'] })}` }
  const shown = ['https://example.com:8443/hook', 'ironmq://example.com/other', 'example.com/', 'http://example.com/']

  const seen = await my.send('GET', '/queues/q', undefined, producer)
  expect(seen.json.queue.push!.subscribers).toEqual([
    { name: 'one', url: shown[0] },
    { name: 'two', url: shown[1] },
    { name: 'three', url: shown[2] },
    { name: 'four', url: shown[3] },
  ])
  const statuses = await my.send('GET', `/queues/q/messages/${id}/subscribers`, undefined, consumer)
  expect(statuses.json.subscribers).toMatchObject(shown.map((url) => ({ url })))
  expect((await my.send('GET', `/queues/q/messages/${id}`, undefined, consumer)).text).not.toContain('geheim')
  expect((await subscribers())[1]!.url).toBe(other)
})
