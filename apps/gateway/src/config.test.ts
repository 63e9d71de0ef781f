import { BadSettings } from '@weldmq/service-kit'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('without any setting, everything is on loopback and embedded', () => {
  expect(readConfig({})).toEqual({
    database: undefined,
    dataDir: expect.stringMatching(/^\/.*weldmq$/i),
    listen: { host: '127.0.0.1', port: 8080, loopback: true },
    beanstalk: {
      listeners: [{ host: '127.0.0.1', port: 11_300, mode: 'optional', project: undefined, tls: false, strict: false }],
      maxJobBytes: 65_535,
      quotes: true,
    },
    push: {
      enabled: true,
      allow: [],
      plainHttp: new Set(),
      slots: { perSubscriber: 50, perHost: 200, total: 1000 },
      bytes: 268_435_456,
    },
    stream: { origins: new Set() },
    projectId: undefined,
    token: undefined,
    tls: undefined,
    publicUrl: undefined,
    maxBodyBytes: 262_144,
    ackTokens: 'optional',
    logLevel: 'info',
  })
})

test('every setting is taken', () => {
  const config = readConfig({
    DATABASE_URL: 'postgres://u:p@a:5432,b:5433/d?target_session_attrs=read-write',
    WELDMQ_DATA_DIR: '/srv/weldmq',
    WELDMQ_LISTEN: '0.0.0.0:0',
    WELDMQ_BEANSTALK_LISTEN: '0.0.0.0:1?tls=1',
    WELDMQ_BEANSTALK_MAX_JOB_SIZE: '100',
    WELDMQ_BEANSTALK_QUOTES: 'off',
    WELDMQ_PUSH: 'off',
    WELDMQ_PUSH_ALLOW: '10.0.0.0/8',
    WELDMQ_PUSH_PLAIN_HTTP: 'mq.internal:8080',
    WELDMQ_PUSH_CONCURRENCY: '1',
    WELDMQ_PUSH_HOST_CONCURRENCY: '2',
    WELDMQ_PUSH_IN_FLIGHT: '3',
    WELDMQ_PUSH_BYTES: '2000000',
    WELDMQ_STREAM_ORIGINS: 'https://a.example.com, http://b.example.com:81',
    WELDMQ_PROJECT_ID: '0123456789abcdef01234567',
    WELDMQ_TOKEN: 'twenty-characters-ok',
    WELDMQ_TLS_CERT: 'cert.pem',
    WELDMQ_TLS_KEY: 'key.pem',
    WELDMQ_PUBLIC_URL: 'https://mq.example.com/',
    WELDMQ_MAX_BODY: '1000',
    WELDMQ_PUSH_ACK_TOKENS: 'required',
    WELDMQ_LOG: 'debug',
  })
  expect(config).toEqual({
    database: { url: 'postgres://u:p@a:5432,b:5433/d?target_session_attrs=read-write' },
    dataDir: '/srv/weldmq',
    listen: { host: '0.0.0.0', port: 0, loopback: false },
    beanstalk: {
      listeners: [{ host: '0.0.0.0', port: 1, mode: 'required', project: undefined, tls: true, strict: false }],
      maxJobBytes: 100,
      quotes: false,
    },
    push: {
      enabled: false,
      allow: [{ address: '10.0.0.0', prefix: 8, family: 'ipv4' }],
      plainHttp: new Set(['mq.internal:8080']),
      slots: { perSubscriber: 1, perHost: 2, total: 3 },
      bytes: 2_000_000,
    },
    stream: { origins: new Set(['https://a.example.com', 'http://b.example.com:81']) },
    projectId: '0123456789abcdef01234567',
    token: 'twenty-characters-ok',
    tls: { certFile: 'cert.pem', keyFile: 'key.pem' },
    publicUrl: 'https://mq.example.com',
    maxBodyBytes: 1000,
    ackTokens: 'required',
    logLevel: 'debug',
  })
})

test.each([
  ['127.0.0.1:0', true],
  ['127.1.2.3:80', true],
  ['localhost:80', true],
  ['[::1]:80', true],
  ['[::]:80', false],
  ['0.0.0.0:80', false],
  ['10.0.0.1:80', false],
  ['127.example.com:80', false],
])('%s is on loopback: %s', (listen, loopback) => {
  expect(readConfig({ WELDMQ_LISTEN: listen }).listen.loopback).toBe(loopback)
})

const bad = {
  WELDMQ_STREAM_ORIGINS: ['example.com', 'https://example.com/', 'https://a.example.com;https://b.example.com'],
  DATABASE_URL: ['mysql://a/b', 'localhost', 'postgres:// a'],
  WELDMQ_LISTEN: ['8080', ':8080', 'localhost', 'localhost:x', 'localhost:65536', '::1:80', 'a b:80', '-'],
  WELDMQ_BEANSTALK_LISTEN: ['11300', 'on', '127.0.0.1:1?mode=x', '127.0.0.1:1?tls=1'],
  WELDMQ_BEANSTALK_MAX_JOB_SIZE: ['0', 'x'],
  WELDMQ_PUSH: ['no'],
  WELDMQ_PUSH_ALLOW: ['localhost', '10.0.0.0/33'],
  WELDMQ_PUSH_PLAIN_HTTP: ['mq.internal'],
  WELDMQ_PUSH_IN_FLIGHT: ['0', 'x'],
  WELDMQ_PUSH_BYTES: ['0', '1e99'],
  WELDMQ_BEANSTALK_QUOTES: ['yes'],
  WELDMQ_PROJECT_ID: ['x', '0123456789ABCDEF01234567', '0123456789abcdef0123456'],
  WELDMQ_TOKEN: ['short', 'with spaces in the middle', `${'ä'.repeat(30)}`],
  WELDMQ_PUBLIC_URL: ['mq.example.com', 'ftp://mq.example.com', 'x'],
  WELDMQ_MAX_BODY: ['0', '-1', '1.5', 'many', '99999999999'],
  WELDMQ_PUSH_ACK_TOKENS: ['no'],
  WELDMQ_LOG: ['loud'],
}
test.each(Object.entries(bad).flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
  '%s=%s is refused by name and rule, without its value',
  (name, value) => {
    const read = () => readConfig({ [name]: value })
    expect(read).toThrow(BadSettings)
    expect(read).toThrow(new RegExp(`^  ${name}: must `, 'm'))
    if (name === 'WELDMQ_TOKEN') expect(read).not.toThrow(value)
  },
)

test('all bad settings are listed at once, and one half of a certificate is one of them', () => {
  const names = ['WELDMQ_LISTEN', 'WELDMQ_LOG', 'WELDMQ_MAX_BODY']
  expect(() => readConfig(Object.fromEntries(names.map((name) => [name, '?'])))).toThrow(
    new RegExp(names.map((name) => `(?=[^]*${name})`).join('')),
  )
  expect(() => readConfig({ WELDMQ_TLS_CERT: 'c' })).toThrow('WELDMQ_TLS_KEY: must be set too')
  expect(() => readConfig({ WELDMQ_TLS_KEY: 'k' })).toThrow('WELDMQ_TLS_CERT: must be set too')
})
