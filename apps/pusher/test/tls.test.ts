import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { type AddressInfo } from 'node:net'
import { type TlsOptions, createServer } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { aSender, saying } from './servers.ts'

const certificate = (name: string, days = 30) =>
  generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    days,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  })
const hook = certificate('hook.example')

async function tlsServer(options: TlsOptions) {
  const names: (string | false | null)[] = []
  const server = createServer(options, (socket) => {
    names.push(socket.servername ?? null)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
    onTestFinished(() => void socket.destroy())
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, names }
}

const sender = (ca: string = hook.cert) => aSender({ ca, resolve: () => Promise.resolve(['127.0.0.1']) })

test('a certificate for the name is accepted, and the name is what the server is asked for', async () => {
  const server = await tlsServer({ key: hook.private, cert: hook.cert })
  expect(await sender().post(`https://hook.example:${server.port}/`)).toEqual({ statusCode: 200 })
  expect(server.names).toEqual(['hook.example'])
})

test('a certificate of nobody, for another name, or for an address it does not name is not accepted', async () => {
  const server = await tlsServer({ key: hook.private, cert: hook.cert })
  const other = certificate('other.example')
  const refused = { statusCode: 0, failure: 'the certificate was not accepted' }
  expect(await sender(other.cert).post(`https://hook.example:${server.port}/`)).toEqual(refused)
  expect(await sender().post(`https://other.example:${server.port}/`)).toEqual(refused)
  expect(await sender().post(`https://127.0.0.1:${server.port}/`)).toEqual(refused)
  expect(server.names).toEqual([])
})

test('a server that speaks only a version of TLS that is no longer safe has not answered', async () => {
  const server = await tlsServer({ key: hook.private, cert: hook.cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' })
  const outcome = await sender().post(`https://hook.example:${server.port}/`)
  expect(outcome).toEqual({ statusCode: 0, failure: 'the TLS connection failed' })
})

test('a server that speaks no TLS, or garbage, has not answered', async () => {
  for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', '\x15\x03\x01\x00\x02\x02\x28', '\xff'.repeat(500)]) {
    const server = await saying(answer)
    const outcome = await sender().post(`https://hook.example:${server.port}/`)
    expect(outcome.statusCode).toBe(0)
    expect(outcome.failure).toMatch(/^the (TLS connection failed|connection was closed)/)
  }
})

test('a server that hangs in the handshake is not waited for', async () => {
  const server = createTcpServer((socket) => void socket.on('error', () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const outcome = await sender().post(`https://hook.example:${port}/`, { timeoutMilliseconds: 200 })
  expect(outcome).toEqual({ statusCode: 0, failure: 'no complete answer in time' })
})
