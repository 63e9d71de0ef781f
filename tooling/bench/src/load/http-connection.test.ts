import { type Server, type Socket, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { connectHttp } from './http-connection.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server that answers each request with these pieces, each sent when the one before has arrived. */
async function answering(...pieces: string[]) {
  const send = (socket: Socket, [piece, ...rest]: string[]) => {
    if (piece !== undefined) socket.write(piece, () => setImmediate(() => send(socket, rest)))
  }
  const server = createServer({ noDelay: true }, (socket) => socket.on('data', () => send(socket, pieces)))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return connectHttp('127.0.0.1', port)
}

test('an answer is whole once its Content-Length has arrived, in however many pieces', async () => {
  const connection = await answering('HTTP/1.1 200 OK\r\nContent-', 'Length: 11\r\n', '\r\nhello ', 'world')
  expect(await connection.ask('first', 200)).toBe('hello world')
  expect(await connection.ask('second', 200)).toBe('hello world')
  connection.close()
})

test('another status than the expected one is a fault that shows the answer', async () => {
  const connection = await answering('HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone')
  await expect(connection.ask('any', 200)).rejects.toThrow('The gateway answered 404, not 200: gone')
  connection.close()
})

test('an answer without a length is a fault and not an endless wait', async () => {
  const connection = await answering('HTTP/1.1 200 OK\r\n\r\n')
  await expect(connection.ask('any', 200)).rejects.toThrow('no Content-Length')
  connection.close()
})

test('whoever waits is told when the connection is closed', async () => {
  const connection = await answering()
  const asked = connection.ask('any', 200)
  connection.close()
  await expect(asked).rejects.toThrow('closed the connection')
})
