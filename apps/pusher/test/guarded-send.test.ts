import { expect, test } from 'vitest'
import { aSender, saying } from './servers.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const refused = { statusCode: 0, failure: 'the host does not exist, or deliveries to its address are not allowed' }

test('U5 I34 whatever is there, nothing is connected and the same is told', async () => {
  const open = await saying(ok)
  const names: Record<string, string[]> = {
    'inside.example': ['127.0.0.1'],
    'mixed.example': ['8.8.8.8', '127.0.0.1'],
  }
  const sender = aSender({
    allow: [],
    resolve: (name) => (names[name] ? Promise.resolve(names[name]) : Promise.reject(new Error('ENOTFOUND'))),
  })
  const urls = [
    `http://127.0.0.1:${open.port}/`,
    'http://127.0.0.1:1/',
    `https://127.0.0.1:${open.port}/`,
    `http://localhost:${open.port}/`,
    `http://0x7f.1:${open.port}/`,
    `http://[::ffff:127.0.0.1]:${open.port}/`,
    `http://0.0.0.0:${open.port}/`,
    `http://inside.example:${open.port}/`,
    `http://mixed.example:${open.port}/`,
    `http://nowhere.example:${open.port}/`,
    'http://169.254.169.254/latest/meta-data/',
  ]
  expect(await Promise.all(urls.map((url) => sender.post(url)))).toEqual(urls.map(() => refused))
  expect(open.connections).toBe(0)
})

test('security row 4: a name that comes to mean a refused address is refused, kept connection or not', async () => {
  const subscriber = await saying(ok)
  let addresses = ['127.0.0.1']
  const sender = aSender({ resolve: () => Promise.resolve(addresses) })
  const url = `http://rebind.example:${subscriber.port}/`
  expect(await sender.post(url)).toEqual({ statusCode: 200 })
  addresses = ['10.0.0.1']
  await expect.poll(() => sender.post(url)).toEqual(refused)
  expect(subscriber.connections).toBe(1)
})

test('security row 4: a kept connection to what a name meant before is not used for what it means now', async () => {
  const before = await saying(ok)
  let addresses = ['127.0.0.1']
  const sender = aSender({ resolve: () => Promise.resolve(addresses) })
  const url = `http://moving.example:${before.port}/`
  await sender.post(url)
  addresses = ['127.0.0.2']
  await expect.poll(() => sender.post(url)).toMatchObject({ failure: 'the connection was refused' })
})

test('security row 4: what was checked is what gets connected, however often the name would change', async () => {
  const subscriber = await saying(ok)
  const answers = [['127.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]
  const sender = aSender({ resolve: () => Promise.resolve(answers.shift() ?? []) })
  expect(await sender.post(`http://quick.example:${subscriber.port}/`)).toEqual({ statusCode: 200 })
  expect(answers).toHaveLength(2)
})

test('a name whose servers never answer costs its own attempt only', async () => {
  const good = await saying(ok)
  const sender = aSender({
    resolve: (name) => (name === 'good.example' ? Promise.resolve(['127.0.0.1']) : new Promise(() => {})),
  })
  const lost = sender.post('http://lost.example/', { timeoutMilliseconds: 100 })
  expect(await sender.post(`http://good.example:${good.port}/`)).toEqual({ statusCode: 200 })
  expect(await lost).toMatchObject({ statusCode: 0 })
})

test.each([22, 25, 465, 6667, 11300])('a port of another protocol is not spoken to: %i', async (port) => {
  const sender = aSender({ allow: [], resolve: () => Promise.resolve(['8.8.8.8']) })
  expect(await sender.post(`http://mail.example:${port}/`)).toEqual({
    statusCode: 0,
    failure: 'the port of the address is not one for HTTP',
  })
})
