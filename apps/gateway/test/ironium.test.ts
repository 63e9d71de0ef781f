import https from 'node:https'
import ironium from 'ironium'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { aCertificate } from './certificate.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

// A published job library over v3, unchanged. It speaks nothing but HTTPS, and looks at NODE_ENV: in "test" it asks
// without waiting and gives failed jobs back without delay.
const certificate = await aCertificate()
const gateway = await aGateway(await aDatabase(), { tls: certificate })
const { host } = new URL(gateway.url)

beforeAll(() => {
  https.globalAgent.options.ca = certificate.cert
  ironium.configure({ host, project_id: projectId, token: adminToken, prefix: 'jobs-' })
})
afterAll(() => {
  ironium.stop()
  https.globalAgent.destroy()
})

test('jobs are queued with ids and processed in order, whatever they are', async () => {
  const queue = ironium.queue('values')
  const jobs = [{ id: 5 }, [true, '+'], 'text', 7, Buffer.from('{ "x": 1 }'), Buffer.from('not + json')]
  const done: unknown[] = []
  queue.eachJob(async (job: unknown) => void done.push(job))

  expect(await queue.queueJob({ id: 4 })).toMatch(/^\d{19}$/)
  expect(await queue.queueJobs(jobs)).toEqual(jobs.map(() => expect.stringMatching(/^\d{19}$/)))
  await ironium.runOnce()

  expect(done).toEqual([{ id: 4 }, { id: 5 }, [true, '+'], 'text', 7, { x: 1 }, 'not + json'])
  expect(await sizeOf('jobs-values')).toBe(0)
})

test('a job that fails goes back to its queue and is processed again', async () => {
  let tries = 0
  const queue = ironium.queue('failing')
  queue.eachJob(async () => {
    if (++tries === 1) throw new Error('on purpose')
  })
  await queue.queueJob('work')
  await expect(queue.runOnce()).rejects.toThrow('on purpose')
  await vi.waitFor(async () => {
    await queue.runOnce()
    expect(tries).toBe(2)
  })
  expect(await sizeOf('jobs-failing')).toBe(0)
})

test('jobs written to a stream come out as ids', async () => {
  const stream = ironium.queue('streamed').stream()
  const ids: string[] = []
  stream.on('data', (id: unknown) => ids.push(String(id)))
  for (let i = 0; i < 20; i++) stream.write({ i })
  stream.end()
  await new Promise((resolve) => stream.on('end', resolve))
  expect(new Set(ids).size).toBe(20)
  expect(await sizeOf('jobs-streamed')).toBe(20)
})

test('a delayed job waits', async () => {
  await ironium.queue('later').delayJob('work', '1h')
  expect(await sizeOf('jobs-later')).toBe(1)
  const done: unknown[] = []
  ironium.queue('later').eachJob(async (job: unknown) => void done.push(job))
  await ironium.queue('later').runOnce()
  expect(done).toEqual([])
})

test('its webhook address takes a message without any header', async () => {
  const address: string = await ironium.webhookURL('jobs-webhook')
  const status = await new Promise((resolve, reject) => {
    const sent = https.request(address, { method: 'POST' }, (answer) => resolve(answer.statusCode))
    sent.on('error', reject).end('any body')
  })
  expect(status).toBe(201)
  expect(await sizeOf('jobs-webhook')).toBe(1)
})

test('queues that do not exist yet are empty, and purging clears all that it knows', async () => {
  ironium.queue('never made').eachJob(async () => {})
  expect(await ironium.queue('never made').runOnce()).toBe(false)
  await ironium.purgeQueues()
  expect(await sizeOf('jobs-streamed')).toBe(0)
})

test('workers process what comes while they run', async () => {
  const done: unknown[] = []
  const queue = ironium.queue('continuous')
  queue.eachJob(async (job: unknown) => void done.push(job))
  await queue.queueJob(1)
  queue.start()
  await queue.queueJobs([2, 3])
  await vi.waitFor(() => expect(done).toEqual([1, 2, 3]))
  queue.stop()
})

async function sizeOf(queue: string): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    const path = `${gateway.url}/3/projects/${projectId}/queues/${queue}?oauth=${adminToken}`
    https.get(path, (answer) => answer.setEncoding('utf8').on('data', resolve)).on('error', reject)
  })
  return JSON.parse(text).queue.size
}
