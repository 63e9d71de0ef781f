import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const DATABASE_URL = 'postgres://localhost/x'

test('without any other setting it listens on loopback, and only to pages of its own', () => {
  expect(readConfig({ DATABASE_URL })).toEqual({
    databaseUrl: DATABASE_URL,
    listen: { host: '127.0.0.1', port: 8081 },
    maxBodyBytes: 262_144,
    logLevel: 'info',
    stream: { origins: new Set() },
  })
})

test('every setting is taken', () => {
  const env = { WELDMQ_STREAM_LISTEN: '[::]:0', WELDMQ_STREAM_ORIGINS: '*', WELDMQ_MAX_BODY: '9', WELDMQ_LOG: 'warn' }
  expect(readConfig({ DATABASE_URL, ...env })).toMatchObject({
    listen: { host: '::', port: 0 },
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
