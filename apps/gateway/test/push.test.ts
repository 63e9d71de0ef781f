import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../src/index.ts'
import { aDatabase, aGateway, projectId } from './gateway.ts'

const near = await aDatabase()
const far = await aDatabase()
const queues = `/3/projects/${projectId}/queues`
const push = (settings: Record<string, string> = {}) => readConfig({ WELDMQ_PUSH_ALLOW: '127.0.0.1', ...settings }).push

/** A subscriber that answers the same to all. */
async function aSubscriber(status: number) {
  const got: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push({ headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('a push queue made through v3 delivers, and the URL of the delivery acknowledges it without a token', async () => {
  const gateway = await aGateway(near, { push: push() })
  const subscriber = await aSubscriber(202)
  const settings = { type: 'multicast', push: { subscribers: [{ name: 'billing', url: subscriber.url }] } }
  expect((await gateway.send('PUT', `${queues}/orders`, { queue: settings })).status).toBe(200)
  await gateway.send('POST', `${queues}/orders/messages`, {
    messages: [{ body: 'pay', push_headers: { 'X-Key': 'k' } }],
  })
  await expect.poll(() => subscriber.got.length).toBe(1)
  const { headers, body } = subscriber.got[0]!
  expect(body).toBe('pay')
  expect(headers).toMatchObject({ 'iron-subscriber-name': 'billing', 'x-key': 'k' })

  const url = new URL(headers['iron-subscriber-message-url'] as string)
  expect(url.origin).toBe(gateway.url)
  const acknowledged = await fetch(url, {
    method: 'DELETE',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      reservation_id: headers['iron-reservation-id'],
      subscriber_name: headers['iron-subscriber-name'],
    }),
  })
  expect([acknowledged.status, await acknowledged.json()]).toEqual([200, { msg: 'Deleted' }])
})

test('I5 a queue of another server gets the message, with its push headers and the count of hops', async () => {
  const there = await aGateway(far, { push: push() })
  const { host } = new URL(there.url)
  // A database of its own: another gateway there would deliver too, without this setting.
  const here = await aGateway(await aDatabase(), { push: push({ WELDMQ_PUSH_PLAIN_HTTP: host }) })
  const last = await aSubscriber(200)
  const subscribers = (url: string) => ({ queue: { type: 'multicast', push: { subscribers: [{ name: 's', url }] } } })
  await there.send('PUT', `${queues}/arrivals`, subscribers(last.url))
  const token = there.config.token!
  await here.send('PUT', `${queues}/departures`, subscribers(`ironmq://${projectId}:${token}@${host}/arrivals`))
  const message = { body: 'Zoë', push_headers: { 'X-Trace': 't' } }
  const posted = await here.send('POST', `${queues}/departures/messages`, { messages: [message] })
  await expect.poll(() => last.got.length, { timeout: 20_000 }).toBe(1)
  expect(last.got[0]).toMatchObject({ body: 'Zoë', headers: { 'x-trace': 't', 'weldmq-hops': '1' } })
  const statuses = `${queues}/departures/messages/${posted.json.ids[0]}/subscribers`
  await expect.poll(async () => (await here.send('GET', statuses)).json?.subscribers?.[0]?.status_code).toBe(201)
})

test('metrics per subscriber are for admins', async () => {
  const gateway = await aGateway(near, { push: push() })
  const subscriber = await aSubscriber(200)
  const settings = { type: 'multicast', push: { subscribers: [{ name: 'secretive', url: subscriber.url }] } }
  await gateway.send('PUT', `${queues}/counted`, { queue: settings })
  const line = 'weldmq_push_attempts_total{project="' + projectId + '",queue="counted",subscriber="secretive"'
  const shown = async () => {
    // Any gateway of the database may deliver it, and counts what it has delivered itself.
    await gateway.send('POST', `${queues}/counted/messages`, { messages: [{ body: 'x' }] })
    return (await gateway.send('GET', '/metrics')).text.includes(line)
  }
  await expect.poll(shown).toBe(true)
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).not.toContain('secretive')
})

test('WELDMQ_PUSH=off leaves deliveries to other processes', async () => {
  const gateway = await aGateway(near, { push: push({ WELDMQ_PUSH: 'off' }) })
  expect((await gateway.send('GET', '/metrics')).text).not.toContain('weldmq_push_attempts')
})

test('security row 4: nobody gives commands to our own beanstalk listener by a delivery', async () => {
  // Its own database: the deliveries of other gateways do not know that listener.
  const gateway = await aGateway(await aDatabase(), { push: push() })
  const { json: made } = await gateway.send('POST', '/1/projects', { name: 'a stranger' })
  const stranger = `/3/projects/${made.id}/queues/hostile`
  const subscribers = [{ name: 's', url: `http://${gateway.beanstalk[0]}/` }]
  await gateway.send('PUT', stranger, { queue: { type: 'multicast', push: { subscribers, retries: 0 } } })
  const messages = [{ body: 'put 0 0 60 6\r\nhostile\r\n' }, { body: 'use stolen\r\nput 0 0 60 6\r\nstolen\r\n' }]
  const { json: posted } = await gateway.send('POST', `${stranger}/messages`, { messages })
  for (const id of posted.ids) {
    const status = async () => (await gateway.send('GET', `${stranger}/messages/${id}/subscribers`)).json.subscribers[0]
    await expect
      .poll(status, { timeout: 20_000 })
      .toMatchObject({ status: 'error', msg: 'the port of the address is not one for HTTP' })
  }
  expect((await gateway.send('GET', queues)).json).toEqual({ queues: [] })
}, 30_000)
