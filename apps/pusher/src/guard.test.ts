import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type GuardOptions, openGuard } from './guard.ts'
import { readBlock } from './public-address.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A guard over the given names; `asked` is every question that reached DNS. */
function guardOf(names: Record<string, string[]>, options: Partial<GuardOptions> = {}) {
  const asked: string[] = []
  const guard = openGuard({
    allow: [],
    resolve: (name) => {
      asked.push(name)
      const found = names[name]
      return found ? Promise.resolve(found) : Promise.reject(new Error('no such name'))
    },
    ...options,
  })
  const check = (url: string) => guard(new URL(url).hostname)
  return { check, asked, names }
}

/** What a promise comes to once all timers have run. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  await vi.runAllTimersAsync()
  return promise
}

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://127.0.0.1./',
  'http://0/',
  'http://127%2e0%2e0%2e1/',
  'http://１２７.０.０.１/',
  'http://①②⑦.0.0.1/',
  'http://127。0。0。1/',
  'http://[::1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://0xA9FEA9FE/',
  'http://[fd00:ec2::254]/',
  'http://user:pass@127.0.0.1/',
  'http://8.8.8.8@127.0.0.1/',
  'http://127.0.0.1\\@8.8.8.8/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://ⓛocalhost/',
  'http://queue.localhost/',
])('U5 %s is refused, and nobody is asked', async (url) => {
  const { check, asked } = guardOf({})
  expect(await check(url)).toBeUndefined()
  expect(asked).toEqual([])
})

test.each([
  'http://[fe80::1%25eth0]/',
  'http://[::1%lo]/',
  'http://256.0.0.1/',
  'http://1.2.3.4.5/',
  'http://0x100000000/',
])('U5 %s is no URL in the first place', (url) => {
  expect(URL.canParse(url)).toBe(false)
})

test('a public name gives its addresses, IPv4 first', async () => {
  const { check } = guardOf({ 'example.org': ['2606:4700::1', '8.8.8.8', '2606:4700::1'] })
  expect(await check('https://example.org/hook')).toEqual(['8.8.8.8', '2606:4700::1'])
})

test('U5 one refused address among many refuses the name', async () => {
  const many = Array.from({ length: 20 }, (_, i) => `8.8.8.${i}`)
  const { check } = guardOf({ 'mixed.example': [...many, '10.0.0.1'], 'six.example': ['8.8.8.8', '::1'] })
  expect(await settled(check('http://mixed.example/'))).toBeUndefined()
  expect(await settled(check('http://six.example/'))).toBeUndefined()
})

test('I34 a refused name and one that does not exist take the same time', async () => {
  const { check } = guardOf({ 'inside.example': ['10.0.0.1'], 'empty.example': [] })
  for (const url of ['http://inside.example/', 'http://nowhere.example/', 'http://empty.example/']) {
    let answered = false
    void check(url).then(() => (answered = true))
    await vi.advanceTimersByTimeAsync(999)
    expect(answered).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(answered).toBe(true)
  }
})

test('security row 4: a name is resolved again soon, and checked again', async () => {
  const { check, names, asked } = guardOf({ 'rebind.example': ['8.8.8.8'] })
  expect(await check('http://rebind.example/')).toEqual(['8.8.8.8'])
  names['rebind.example'] = ['127.0.0.1']
  await vi.advanceTimersByTimeAsync(2000)
  expect(await settled(check('http://rebind.example/'))).toBeUndefined()
  expect(asked).toHaveLength(2)
})

test('many attempts at once ask once', async () => {
  const { check, asked } = guardOf({ 'example.org': ['8.8.8.8'] })
  await Promise.all(Array.from({ length: 100 }, () => check('http://example.org/')))
  expect(asked).toEqual(['example.org'])
})

test('localhost is what of it is allowed', async () => {
  const v4 = guardOf({}, { allow: [readBlock('127.0.0.0/8')!] })
  const both = guardOf({}, { allow: [readBlock('127.0.0.1')!, readBlock('::1')!] })
  expect(await v4.check('http://localhost:8080/')).toEqual(['127.0.0.1'])
  expect(await both.check('http://localhost:8080/')).toEqual(['127.0.0.1', '::1'])
})
