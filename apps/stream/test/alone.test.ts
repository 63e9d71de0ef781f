import { createMetrics, openLog } from '@weldmq/service-kit'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { startStream as startAlone } from '../src/start.ts'
import { openClient } from './client.ts'
import { startStream } from './stream.ts'

const stream = await startStream()

test('the stream runs without the other doors', async () => {
  const { project, token, post } = await stream.aDoor()
  const log = openLog({ name: 'test', level: 'error' })
  const options = { core: stream.core, config: { origins: new Set<string>() }, log, metrics: createMetrics() }
  const server = await startAlone({ ...options, host: '127.0.0.1', port: 0 })
  onTestFinished(server.stop)
  const my = await openClient(`${server.url.replace('http', 'ws')}/3/projects/${project}/stream`, { token })
  await my.take('welcome')
  await my.ask({ type: 'subscribe', sub: 's', queue: 'q', credit: 1 })
  await post('alone')
  expect(await my.messages(1)).toMatchObject([{ body: 'alone' }])
  const port = Number(new URL(server.url).port)
  await expect(startAlone({ ...options, host: '127.0.0.1', port, metrics: createMetrics() })).rejects.toThrow(
    'another program already uses that address',
  )
})

test('with a certificate it speaks TLS, and only that', async () => {
  const { project, token } = await stream.aDoor()
  const log = openLog({ name: 'test', level: 'error' })
  const { cert, private: key } = generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const server = await startAlone({
    core: stream.core,
    config: { origins: new Set<string>() },
    log,
    metrics: createMetrics(),
    host: '127.0.0.1',
    port: 0,
    tls: { cert: Buffer.from(cert), key: Buffer.from(key) },
  })
  onTestFinished(server.stop)
  expect(server.url).toMatch(/^https:/)
  const path = `/3/projects/${project}/stream`
  const secure = await openClient(`${server.url.replace('https', 'wss')}${path}`, { token, ca: cert })
  expect(await secure.take('welcome')).toMatchObject({ type: 'welcome' })
  const plain = await openClient(`${server.url.replace('https', 'ws')}${path}`, { token })
  expect(await plain.closing).toMatchObject({ code: 1006 })
})
