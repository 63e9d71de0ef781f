import { expect, test } from 'vitest'
import { openClient } from './client.ts'
import { startStream, valueOf } from './stream.ts'

const stream = await startStream()

type Door = Awaited<ReturnType<typeof stream.aDoor>>

async function make({ server, project, token }: Door, body: unknown, as = token) {
  const response = await fetch(`${server.url}/3/projects/${project}/stream/tickets`, {
    method: 'POST',
    headers: { Authorization: `OAuth ${as}` },
    body: JSON.stringify(body),
  })
  return { status: response.status, json: (await response.json()) as { ticket: string; expires_in: number } }
}

const show = async (url: string, ticket: string) => {
  const client = await openClient(url)
  client.send({ type: 'hello', id: 'h', ticket })
  return client
}

test('ticket.1: a ticket lets one connection in, once, at any gateway', async () => {
  const door = await stream.aDoor()
  const { status, json } = await make(door, { queue: 'q', verbs: ['consume'] })
  expect([status, json]).toEqual([201, { ticket: expect.any(String), expires_in: 60 }])
  // Another core on the same database, and its own door.
  const other = await stream.aDoor({}, await stream.anotherCore())
  const elsewhere = other.url.replace(other.project, door.project)
  expect(await (await show(elsewhere, json.ticket)).take('welcome')).toMatchObject({ re: 'h' })
  expect(await (await show(elsewhere, json.ticket)).closing).toMatchObject({ code: 4401 })
  expect(await (await show(door.url, json.ticket)).closing).toMatchObject({ code: 4401 })
})

test('ticket.2: a ticket is for one queue and its verbs', async () => {
  const door = await stream.aDoor()
  await stream.core.putQueue({ project: door.project, queue: 'other', settings: {} })
  const my = await show(door.url, (await make(door, { queue: 'q' })).json.ticket)
  await my.take('welcome')
  expect(await my.ask({ type: 'subscribe', sub: 's', queue: 'q' })).toMatchObject({ type: 'subscribed' })
  expect(await my.ask({ type: 'subscribe', sub: 't', queue: 'other' })).toMatchObject({ code: 'forbidden' })
  const posting = { type: 'post', queue: 'q', messages: [{ body: 'x' }] }
  expect(await my.ask(posting)).toMatchObject({ code: 'forbidden' })
  const both = await show(door.url, (await make(door, { queue: 'q', verbs: ['consume', 'produce'] })).json.ticket)
  await both.take('welcome')
  expect(await both.ask(posting)).toMatchObject({ type: 'posted' })
})

test('ticket.3: of another project it is worth nothing, and stays good for its own', async () => {
  const [door, other] = [await stream.aDoor(), await stream.aDoor()]
  const { json } = await make(door, { queue: 'q' })
  expect(await (await show(other.url, json.ticket)).closing).toMatchObject({ code: 4401 })
  expect(await (await show(door.url, json.ticket)).take('welcome')).toBeDefined()
})

test('ticket.4: nobody makes a ticket for more than the token may do', async () => {
  const door = await stream.aDoor()
  const { secret } = await door.tokenFor({ scopes: ['consume'] })
  expect(await make(door, { queue: 'q', verbs: ['produce'] }, secret)).toMatchObject({ status: 403 })
  expect(await make(door, { queue: 'q', verbs: ['manage'] })).toMatchObject({ status: 400 })
  expect(await make(door, { queue: 'q', verbs: [] })).toMatchObject({ status: 400 })
  expect(await make(door, {})).toMatchObject({ status: 400 })
  expect(await make(door, { queue: '' })).toMatchObject({ status: 400 })
  expect(await make(door, { queue: 'q' }, 'no-token-of-ours-at-all')).toMatchObject({ status: 401 })
})

test('ticket.5: when its token is revoked, nobody is let in with it, and whoever was is sent away', async () => {
  const door = await stream.aDoor({ limits: { recheckMilliseconds: 20 } })
  const token = await door.tokenFor({})
  const [one, two] = [await make(door, { queue: 'q' }, token.secret), await make(door, { queue: 'q' }, token.secret)]
  const my = await show(door.url, one.json.ticket)
  await my.take('welcome')
  valueOf(await stream.core.deleteToken({ id: token.id }))
  expect(await my.closing).toMatchObject({ code: 4401 })
  expect(await (await show(door.url, two.json.ticket)).closing).toMatchObject({ code: 4401 })
})
