import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { ServerFrame } from './frames.ts'
import { openLink } from './link.ts'
import { openWebSocket } from './open-web-socket.ts'
import { openWsSocket } from './open-ws-socket.ts'
import type { OpenSocket } from './socket.ts'
import { endError } from './stream-error.ts'

const limits = { frame_bytes: 1000, credit: 1000, credit_bytes: 1e8, subscriptions: 100, posts_in_flight: 64 }

describe.each<[string, OpenSocket]>([
  ['ws', openWsSocket],
  ['the WebSocket of the platform', openWebSocket],
])('through %s', (_name, openSocket) => {
  // Node 20 has none; this one has the same methods.
  beforeEach(() => void vi.stubGlobal('WebSocket', WebSocket))
  afterEach(() => void vi.unstubAllGlobals())

  /** A server that does what the test has it do, and a connection to it. */
  async function aServer({
    heartbeat = 15,
    welcomes = true,
    token = 'secret',
    ticket = undefined as string | undefined,
  } = {}) {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const received: any[] = []
    const heard: ServerFrame[] = []
    let socket: WebSocket | undefined
    let upgrade: IncomingMessage | undefined
    server.on('connection', (opened, request) => {
      upgrade = request
      socket = opened
      opened.on('message', (data: Buffer) => void received.push(JSON.parse(data.toString())))
      if (welcomes) opened.send(JSON.stringify({ type: 'welcome', connection: 'c', heartbeat, limits }))
    })
    const abort = new AbortController()
    onTestFinished(async () => {
      abort.abort()
      server.close()
      for (const client of server.clients) client.terminate()
    })
    const { port } = server.address() as AddressInfo
    const opening = openLink({
      openSocket,
      url: `ws://127.0.0.1:${port}`,
      token,
      ticket,
      signal: abort.signal,
      heard: (frame) => void heard.push(frame),
    })
    return {
      opening,
      received,
      heard,
      headers: () => upgrade!.headers,
      abort,
      say: (frame: unknown) => socket!.send(JSON.stringify(frame)),
      close: (code: number) => socket!.close(code, 'why'),
    }
  }

  test('an answer goes to whoever asked, everything else to whoever listens', async () => {
    const { opening, received, heard, say } = await aServer()
    const link = await opening
    const [one, two] = [1, 2].map(() => link.ask({ type: 'delete', queue: 'q', ids: [] }))
    await vi.waitFor(() => expect(received).toHaveLength(2))
    say({ type: 'ok', re: received[1].id, second: true })
    say({ type: 'future', whatever: true })
    say({ type: 'idle', sub: 's' })
    say({ type: 'error', re: received[0].id, code: 'x', msg: '', temporary: false })
    expect([await one, await two]).toMatchObject([{ type: 'error' }, { second: true }])
    expect(heard).toMatchObject([{ type: 'future' }, { type: 'idle' }])
  })

  test('its own pings are answered, and so are those of the server', async () => {
    const { opening, received, say } = await aServer()
    await opening
    say({ type: 'ping', t: 'moment' })
    await vi.waitFor(() => expect(received).toEqual([{ type: 'pong', t: 'moment' }]))
  })

  test('a server that falls silent is asked once, and then counts as gone', async () => {
    const { opening, received } = await aServer({ heartbeat: 0.1 })
    const link = await opening
    const asked = link.ask({ type: 'delete', queue: 'q', ids: [] })
    expect(await link.ended).toEqual({ code: 4410, reason: 'The server is silent' })
    await expect(asked).rejects.toMatchObject({ status: 4410, code: 'lost', temporary: true })
    await vi.waitFor(() => expect(received.map(({ type }) => type)).toEqual(['delete', 'ping']))
  })

  test('the end fails what is unanswered, with the code of the server', async () => {
    const { opening, received, close } = await aServer()
    const link = await opening
    const asked = link.ask({ type: 'delete', queue: 'q', ids: [] })
    await vi.waitFor(() => expect(received).toHaveLength(1))
    close(4403)
    await expect(asked).rejects.toMatchObject({ status: 4403, message: 'why', temporary: false })
    expect(await link.ended).toEqual({ code: 4403, reason: 'why' })
    await expect(link.ask({ type: 'delete', queue: 'q', ids: [] })).rejects.toMatchObject({ code: 'lost' })
  })

  test('a frame that the server would not take is not sent', async () => {
    const { opening, received } = await aServer()
    const link = await opening
    const post = (body: string) => link.ask({ type: 'post', queue: 'q', messages: [{ body }] })
    await expect(post('ä'.repeat(500))).rejects.toMatchObject({ status: 413, temporary: false })
    void post('ä'.repeat(400)).catch(() => {})
    await vi.waitFor(() => expect(received).toHaveLength(1))
  })

  test('whoever no longer wants a connection need not wait for its welcome', async () => {
    const { opening, abort } = await aServer({ welcomes: false })
    abort.abort()
    await expect(opening).rejects.toMatchObject({ code: 'lost', message: 'The stream is closed' })
  })

  test('the token goes with the upgrade', async () => {
    const { opening, headers, received } = await aServer()
    const link = await opening
    const protocol = 'weldmq.v1.json'
    const offered = openSocket === openWsSocket ? ['OAuth secret', protocol] : [undefined, `${protocol},oauth.secret`]
    expect([headers().authorization, headers()['sec-websocket-protocol']]).toEqual(offered)
    void link.ask({ type: 'delete', queue: 'q', ids: [] }).catch(() => {})
    await vi.waitFor(() => expect(received).toMatchObject([{ type: 'delete' }]))
  })

  test('a ticket, and a token that fits nowhere else, is the first frame', async () => {
    const withTicket = await aServer({ ticket: 'one-use' })
    await withTicket.opening
    await vi.waitFor(() => expect(withTicket.received).toEqual([{ type: 'hello', ticket: 'one-use' }]))
    expect(withTicket.headers()).not.toHaveProperty('authorization')
    expect(withTicket.headers()['sec-websocket-protocol']).toBe('weldmq.v1.json')
    const odd = await aServer({ token: 'a (token)' })
    await odd.opening
    const said = openSocket === openWsSocket ? [] : [{ type: 'hello', token: 'a (token)' }]
    await vi.waitFor(() => expect(odd.received).toEqual(said))
  })
})

test.each([
  [1001, true],
  [1006, true],
  [1009, false],
  [1011, true],
  [1012, true],
  [1013, true],
  [4400, false],
  [4401, false],
  [4403, false],
  [4410, true],
  [4413, true],
  [4429, true],
])('after %i, coming back helps: %s', (code, temporary) => {
  expect(endError({ code, reason: '' })).toMatchObject({ status: code, temporary })
})
