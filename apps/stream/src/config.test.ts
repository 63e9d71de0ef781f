import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const DATABASE_URL = 'postgres://localhost/x'

test('without any other setting it listens on loopback, and only to pages of its own', () => {
  expect(readConfig({ DATABASE_URL })).toEqual({
    databaseUrl: DATABASE_URL,
    listen: { host: '127.0.0.1', port: 8081, loopback: true },
    tls: undefined,
    maxBodyBytes: 262_144,
    logLevel: 'info',
    stream: { origins: new Set() },
  })
})

test('every setting is taken', () => {
  const env = { WELDMQ_STREAM_LISTEN: '[::]:0', WELDMQ_STREAM_ORIGINS: '*', WELDMQ_MAX_BODY: '9', WELDMQ_LOG: 'warn' }
  const tls = { WELDMQ_TLS_CERT: 'cert.pem', WELDMQ_TLS_KEY: 'key.pem' }
  expect(readConfig({ DATABASE_URL, ...env, ...tls })).toMatchObject({
    listen: { host: '::', port: 0, loopback: false },
    tls: { certFile: 'cert.pem', keyFile: 'key.pem' },
    maxBodyBytes: 9,
    logLevel: 'warn',
    stream: { origins: 'all' },
  })
})

test('what is wrong is listed by name', () => {
  const env = { WELDMQ_STREAM_LISTEN: 'here', WELDMQ_STREAM_ORIGINS: 'https://a.example.com/app', WELDMQ_MAX_BODY: '0' }
  expect(() => readConfig(env)).toThrow(
    /DATABASE_URL: must be set[^]*WELDMQ_STREAM_LISTEN: must be host:port[^]*WELDMQ_STREAM_ORIGINS: must be `\*`[^]*WELDMQ_MAX_BODY/,
  )
})

test('a certificate without its key is named', () => {
  expect(() => readConfig({ DATABASE_URL, WELDMQ_TLS_CERT: 'cert.pem' })).toThrow(/WELDMQ_TLS_KEY: must be set too/)
})
