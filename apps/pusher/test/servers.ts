import { type RequestListener, createServer } from 'node:http'
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from 'node:net'
import { onTestFinished } from 'vitest'
import { type GuardOptions, openGuard } from '../src/guard.ts'
import { openSender } from '../src/send.ts'
import { readBlock } from '../src/public-address.ts'

/** What came over the connections of a server of one test. */
export type Seen = { url: string; port: number; connections: number; sockets: Set<Socket> }

async function listen(server: Server, host: string): Promise<Seen> {
  const seen: Seen = { url: '', port: 0, connections: 0, sockets: new Set() }
  server.on('connection', (socket: Socket) => {
    seen.connections++
    seen.sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => seen.sockets.delete(socket))
  })
  await new Promise<void>((ready) => server.listen(0, host, ready))
  onTestFinished(async () => {
    for (const socket of seen.sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  })
  seen.port = (server.address() as AddressInfo).port
  seen.url = `http://${host.includes(':') ? `[${host}]` : host}:${seen.port}`
  return seen
}

/** A subscriber that speaks HTTP. */
export const httpServer = (listener: RequestListener, host = '127.0.0.1') =>
  listen(createServer({ keepAliveTimeout: 0 }, listener), host) // it closes nothing by itself, however slow the test is

/** A subscriber that does with each connection whatever the test wants. */
export const tcpServer = (listener: (socket: Socket) => void, host = '127.0.0.1') =>
  listen(createTcpServer(listener), host)

/** A subscriber that sends the given text as soon as a request begins to arrive; `end` closes then. */
export const saying = (answer: string | Buffer, end = false) =>
  tcpServer((socket) => {
    socket.on('data', () => (end ? socket.end(answer) : socket.write(answer)))
  })

export type SendOptions = Partial<GuardOptions> & { ca?: string }

/** A sender that may reach this machine, unless told otherwise. */
export function aSender({ ca, ...options }: SendOptions = {}) {
  const guard = openGuard({
    allow: ['127.0.0.0/8', '::1'].map((text) => readBlock(text)!),
    resolve: () => Promise.reject(new Error('no such name')),
    refusalMilliseconds: 20,
    rememberMilliseconds: 0,
    ...options,
  })
  const sender = openSender({ guard, ca })
  onTestFinished(() => sender.stop())
  return {
    ...sender,
    post: (url: string, changes: Partial<Parameters<typeof sender.send>[0]> = {}) =>
      sender.send({ url, headers: {}, body: Buffer.from('hello'), timeoutMilliseconds: 25_000, ...changes }),
  }
}
