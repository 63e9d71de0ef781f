import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { aBeanstalkSession } from './beanstalk-session.ts'
import { aDatabase, aGateway, projectId } from './gateway.ts'
import { aStream } from './stream.ts'

const database = await aDatabase()

test('a token revoked on one gateway is refused on every other within 5 s, while it is in use', async () => {
  const [here, there] = [await aGateway(database), await aGateway(database)]
  const { json: token } = await here.send('POST', '/1/tokens', { projects: [projectId] })
  const use = () => there.send('GET', `/3/projects/${projectId}/queues`, undefined, token.token)
  expect((await use()).status).toBe(200)

  expect((await here.send('DELETE', `/1/tokens/${token._id}`)).status).toBe(200)

  const refused = { status: 401, json: { msg: 'Invalid project/token combination' } }
  await vi.waitFor(async () => expect(await use()).toMatchObject(refused), { timeout: 15_000, interval: 100 })
  expect(await use()).toMatchObject(refused)
})

test('whoever stays with a token is ended when it is revoked on another gateway, at every door', async () => {
  const [here, there] = [await aGateway(database), await aGateway(database)]
  const { json: token } = await here.send('POST', '/1/tokens', { projects: [projectId] })
  const queues = `projects/${projectId}/queues`
  await here.send('PUT', `/3/${queues}/orders`, {})

  const stream = await aStream(there.url, projectId, token.token)
  await stream.subscribe('orders')
  const beanstalk = await aBeanstalkSession(there.beanstalk[0]!)
  const login = `oauth ${token.token} ${projectId}`
  expect(await beanstalk.ask(`put 0 0 60 ${login.length}`, login)).toEqual(['INSERTED 0'])
  await beanstalk.ask('put 0 0 60 4', 'held')
  expect(await beanstalk.ask('reserve')).toEqual([expect.stringMatching(/^RESERVED/), 'held'])
  const polls = [
    there.send('POST', `/3/${queues}/orders/reservations`, { wait: 30 }, token.token),
    there.send('GET', `/1/${queues}/orders/messages?wait=30`, undefined, token.token),
  ]
  const ended = Promise.all([once(stream.socket, 'close'), beanstalk.closed, ...polls])

  expect((await here.send('DELETE', `/1/tokens/${token._id}`)).status).toBe(200)

  const [[code], , ...answers] = await ended
  expect(code).toBe(4401)
  expect(answers).toMatchObject([{ json: { messages: [] } }, { json: { messages: [] } }])
  const { json } = await here.send('POST', `/3/${queues}/default/reservations`, { wait: 30 })
  expect(json.messages).toMatchObject([{ body: 'held' }])
})

test('a project deleted on one gateway is refused on every other within 5 s, also for admins', async () => {
  const [here, there] = [await aGateway(database), await aGateway(database)]
  const { json: project } = await here.send('POST', '/1/projects', { name: 'short-lived' })
  const use = () => there.send('GET', `/3/projects/${project.id}/queues`)
  expect((await use()).status).toBe(200)

  expect((await here.send('DELETE', `/1/projects/${project.id}`)).status).toBe(200)

  await vi.waitFor(async () => expect((await use()).status).toBe(401), { timeout: 15_000, interval: 100 })
})
