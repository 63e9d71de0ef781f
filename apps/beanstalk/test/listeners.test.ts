import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import { limits } from '@weldmq/queue-core'
import { generate } from 'selfsigned'
import { sqlFor } from '@weldmq/testing'
import { afterAll, expect, test } from 'vitest'
import { clientOf, openClient } from './client.ts'
import { defaultLimits } from '../src/start.ts'
import { startOurs } from './servers.ts'
import { transcript } from './transcript.ts'

const ours = await startOurs()
const sql = sqlFor(ours.database)
afterAll(() => sql.end())

test('listener.1 several listeners stand side by side, with and without TLS', async () => {
  const { cert, private: key } = generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  const { places } = await ours.open({ listeners: [{ tls: true }, {}], tls: { cert, key } })
  const { port } = places[0] as { port: number }
  const socket = connectTls({ host: '127.0.0.1', port, ca: cert, servername: 'localhost' })
  await once(socket, 'secureConnect')
  const secret = clientOf(socket)
  secret.send('put 0 0 60 5\r\nhello\r\n')
  const id = (await secret.line()).split(' ')[1]
  await transcript(places[1]!, `> reserve\n< RESERVED ${id} 5\n< hello`)
  socket.end()
  await secret.closed()
})

test('listener.1 a listener that asks for TLS does not open without a certificate', async () => {
  await expect(ours.open({ listeners: [{ tls: true }] })).rejects.toThrow(/certificate/)
})

test('listener.2 an address that is taken is named', async () => {
  const { places } = await ours.open()
  const { port } = places[0] as { port: number }
  await expect(ours.open({ listeners: [{ port }] })).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${port} for beanstalk: another program already uses that address`,
  )
})

test('listener.3 connections beyond the limit are closed unheard', async () => {
  const { place } = await ours.open({ limits: { connections: 1 } })
  const first = await openClient(place)
  first.send('list-tube-used\r\n')
  await first.line()
  const second = await openClient(place)
  await second.closed()
  first.send('list-tube-used\r\n')
  expect(await first.line()).toBe('USING default')
  first.socket.destroy()
})

test('login.3 a connection that does not log in in time is closed', async () => {
  const { place } = await ours.open({ listeners: [{ mode: 'required' }], limits: { loginMilliseconds: 50 } })
  const client = await openClient(place)
  client.send('put 0 0 60 100\r\noauth')
  await expect(client.closed()).resolves.toBeUndefined()
})

test('login.9 a revoked token closes its connections, and what they held is ready', async () => {
  const { places, project } = await ours.open({
    listeners: [{ mode: 'required' }, {}],
    limits: { recheckMilliseconds: 50 },
  })
  const login = async () => {
    const token = await ours.core.createToken({ projects: [project], expiresInSeconds: 1000 })
    if (!token.ok) throw new Error('no token')
    const text = `oauth ${token.value.secret} ${project}`
    const client = await openClient(places[0]!)
    client.send(`put 0 0 60 ${text.length}\r\n${text}\r\n`)
    expect(await client.line()).toBe('INSERTED 0')
    const { id } = token.value
    return {
      ...client,
      revoke: () => ours.core.deleteToken({ id }),
      expire: () => sql`update weldmq.tokens set expires_at = now() where id = ${id}`,
    }
  }
  const [kept, holder, waiting, short] = [await login(), await login(), await login(), await login()]
  holder.send('put 0 0 60 1\r\nx\r\nreserve\r\n')
  expect(await holder.line()).toMatch(/^INSERTED [1-9]/)
  expect((await holder.reply()).body?.toString()).toBe('x')
  waiting.send('watch other\r\nignore default\r\nreserve\r\n')
  expect([await waiting.line(), await waiting.line()]).toEqual(['WATCHING 2', 'WATCHING 1'])
  await Promise.all([holder.revoke(), waiting.revoke()])
  await Promise.all([holder.closed(), waiting.closed()])
  await transcript(places[1]!, '> reserve-with-timeout 20\n< RESERVED {_} 1\n< x')
  await short.expire()
  await short.closed()
  kept.send('list-tube-used\r\n')
  expect(await kept.line()).toBe('USING default')
  kept.socket.destroy()
  expect(defaultLimits.recheckMilliseconds + limits.tokenStaleMilliseconds).toBeLessThanOrEqual(5000)
})

test('stop.1 a stop answers what is under way, closes those who wait, and gives back what they hold', async () => {
  const { beanstalk, place, project } = await ours.open()
  const [holder, waiting, idle] = [await openClient(place), await openClient(place), await openClient(place)]
  holder.send('put 0 0 60 1\r\nx\r\nreserve\r\n')
  await holder.line()
  await holder.reply()
  waiting.send('reserve\r\n')
  await transcript(place, ': waits')
  await beanstalk.stop()
  for (const client of [holder, waiting, idle]) await client.closed()
  await expect(openClient(place)).rejects.toThrow('ECONNREFUSED')
  const reserved = await ours.core.reserveMessages({ project, queue: 'default', count: 10 })
  expect(reserved.ok && reserved.value.map(({ body }) => body.toString())).toEqual(['x'])
})
