import { once } from 'node:events'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BeanstalkConnection, connectBeanstalk } from './beanstalk-connection.ts'

const server = createServer()
let peer: Socket
let connection: BeanstalkConnection

beforeEach(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  connection = await connectBeanstalk('127.0.0.1', (server.address() as AddressInfo).port)
  peer = (await accepted)[0]
})

afterEach(async () => {
  connection.close()
  peer.destroy()
  server.close()
  await once(server, 'close')
})

test('commands of one turn go out together and are answered in order, whatever the reply is cut into', async () => {
  const asked = Promise.all([
    connection.ask('reserve-with-timeout 0\r\n', ['RESERVED', 'TIMED_OUT']),
    connection.ask('reserve-with-timeout 0\r\n', ['RESERVED', 'TIMED_OUT']),
  ])
  const [sent] = await once(peer, 'data')
  expect(String(sent)).toBe('reserve-with-timeout 0\r\n'.repeat(2))

  const reply = 'RESERVED 7 6\r\na\r\nb\r\n\r\nTIMED_OUT\r\n'
  for (const part of [reply.slice(0, 17), reply.slice(17)]) await new Promise((done) => peer.write(part, done))
  expect(await asked).toEqual([['RESERVED', '7', '6'], ['TIMED_OUT']])
})

test('an unexpected reply and a closed connection reject', async () => {
  const refused = connection.ask('delete 1\r\n', ['DELETED'])
  const dropped = connection.ask('delete 2\r\n', ['DELETED'])
  peer.write('NOT_FOUND\r\n')
  await expect(refused).rejects.toThrow('beanstalkd answered NOT_FOUND, not DELETED')
  peer.end()
  await expect(dropped).rejects.toThrow('beanstalkd closed the connection.')
})
