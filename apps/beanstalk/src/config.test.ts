import { expect, test } from 'vitest'
import { z } from 'zod'
import { beanstalkSettings, toBeanstalkConfig } from './config.ts'

const Settings = z.object(beanstalkSettings).transform(toBeanstalkConfig)
const read = (WELDMQ_BEANSTALK_LISTEN?: string) => Settings.parse({ WELDMQ_BEANSTALK_LISTEN })
const plain = { tls: false, strict: false, project: undefined }

test('without settings one listener is open to this machine, on the first project', () => {
  expect(read()).toEqual({
    listeners: [{ host: '127.0.0.1', port: 11_300, mode: 'optional', ...plain }],
    maxJobBytes: 65_535,
    quotes: true,
  })
})

test('any other address asks for a login unless told otherwise', () => {
  expect(read('0.0.0.0:11300').listeners).toMatchObject([{ mode: 'required' }])
  expect(read('[::]:11300').listeners).toMatchObject([{ host: '::', mode: 'required' }])
  expect(read('queue.example.org:11300?mode=off').listeners).toMatchObject([{ mode: 'off' }])
})

test('several listeners stand side by side, each with its options', () => {
  const project = '5f1e00000000000000000001'
  expect(
    read(`[::1]:0, 10.0.0.5:11301?mode=required&tls=1&strict=1,localhost:1?mode=off&project=${project}`).listeners,
  ).toEqual([
    { host: '::1', port: 0, mode: 'optional', ...plain },
    { host: '10.0.0.5', port: 11_301, mode: 'required', ...plain, tls: true, strict: true },
    { host: 'localhost', port: 1, mode: 'off', ...plain, project },
  ])
})

test('off opens none', () => {
  expect(read('off').listeners).toEqual([])
})

test.each([
  '11300',
  'localhost',
  ':11300',
  '127.0.0.1:65536',
  '127.0.0.1:1,',
  '127.0.0.1:1?mode=none',
  '127.0.0.1:1?colour=red',
  '127.0.0.1:1?tls=yes',
  '127.0.0.1:1?project=first',
])('%j is refused with the rule', (text) => {
  expect(() => read(text)).toThrow(/addresses with options between commas/)
})

test('the largest job is 1 byte to 1 GiB', () => {
  const readSize = (size: string) => Settings.parse({ WELDMQ_BEANSTALK_MAX_JOB_SIZE: size }).maxJobBytes
  expect(readSize('1073741824')).toBe(1_073_741_824)
  for (const size of ['0', '1073741825', '1.5', 'x']) expect(() => readSize(size)).toThrow(/whole number of bytes/)
})
