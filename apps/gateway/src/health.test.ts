import { createMetrics, openLog } from '@weldmq/service-kit'
import { expect, test } from 'vitest'
import { health } from './health.ts'

function aHealth(ping: () => Promise<void>) {
  let pings = 0
  const core = {
    ping: () => {
      pings++
      return ping()
    },
  }
  const pages = health(core, { log: openLog({ name: 'test', level: 'silent' }), metrics: createMetrics() })
  const get = async (path: string) => (await pages.routes.request(path)).status
  return { get, drain: pages.drain, pings: () => pings }
}

test('alive whatever the database does, ready only with it', async () => {
  const well = aHealth(async () => {})
  expect([await well.get('/healthz'), await well.get('/readyz')]).toEqual([200, 200])
  const ill = aHealth(() => Promise.reject(new Error('down')))
  expect([await ill.get('/healthz'), await ill.get('/readyz')]).toEqual([200, 503])
})

test('a database that hangs is not ready, and the question ends', async () => {
  const stuck = aHealth(() => new Promise(() => {}))
  expect(await stuck.get('/readyz')).toBe(503)
})

test('many questions are one ping', async () => {
  const well = aHealth(async () => {})
  await Promise.all(Array.from({ length: 100 }, () => well.get('/readyz')))
  for (let i = 0; i < 100; i++) await well.get('/readyz')
  expect(well.pings()).toBeLessThan(10) // one a second
})

test('while stopping: still alive, no longer ready', async () => {
  const well = aHealth(async () => {})
  well.drain()
  expect([await well.get('/healthz'), await well.get('/readyz')]).toEqual([200, 503])
})
