import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { ageQueue, sqlFor } from '@weldmq/testing'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../src/index.ts'
import { aConnection } from './beanstalk.ts'
import { aDatabase, aGateway, projectId } from './gateway.ts'

const database = await aDatabase()
const sql = sqlFor(database)
afterAll(() => sql.end())
const { push } = readConfig({ WELDMQ_PUSH_ALLOW: '127.0.0.1' })
const { send } = await aGateway(database, { push })
const { beanstalk } = await aGateway(database, { push: { ...push, enabled: false } })

test('beanstalk section 16: what is put into a push queue is pushed, and never reserved', async () => {
  const bodies: string[] = []
  let status = 503
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const at = `/3/projects/${projectId}/queues/pushed`
  const settings = { retries: 5, retries_delay: 60, subscribers: [{ name: 'a', url }] }
  expect((await send('PUT', at, { queue: { type: 'multicast', push: settings } })).status).toBe(200)

  const say = await aConnection(beanstalk[0]!, 'pushed')
  const reply = await say('put 0 0 60 4', 'work')
  const job = /^INSERTED (\d+)$/.exec(reply)![1]!
  await expect.poll(() => bodies).toEqual(['work'])
  // The first attempt is over when its outcome is stored.
  const statuses = `${at}/messages/${BigInt(job) + 10n ** 18n}/subscribers`
  await expect.poll(async () => (await send('GET', statuses)).json.subscribers).toMatchObject([{ tries: 1 }])

  // It failed, so it waits for its next attempt: still nobody's here.
  expect(await say('reserve-with-timeout 0')).toBe('TIMED_OUT')
  expect(await say('peek-ready')).toBe('NOT_FOUND')
  expect(await say('peek-delayed')).toBe('NOT_FOUND')
  expect(await say('peek-buried')).toBe('NOT_FOUND')
  expect(await say('kick 10')).toBe('KICKED 0')
  expect(await say(`kick-job ${job}`)).toBe('NOT_FOUND')
  expect(await say(`reserve-job ${job}`)).toBe('NOT_FOUND')
  expect(await say(`release ${job} 0 0`)).toBe('NOT_FOUND')
  status = 200
  await ageQueue(sql, { project: projectId, queue: 'pushed' }, 60)
  await expect.poll(() => bodies).toEqual(['work', 'work'])
  await expect.poll(async () => (await send('GET', at)).json.queue.size).toBe(0)
  expect(await say('reserve-with-timeout 0')).toBe('TIMED_OUT')
})
