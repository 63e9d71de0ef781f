import { expect, test, vi } from 'vitest'
import { aDatabase, aGateway, projectId } from './gateway.ts'

const database = await aDatabase()

test('a token revoked on one gateway is refused on every other within 5 s, while it is in use', async () => {
  const [here, there] = [await aGateway(database), await aGateway(database)]
  const { json: token } = await here.send('POST', '/1/tokens', { projects: [projectId] })
  const use = () => there.send('GET', `/3/projects/${projectId}/queues`, undefined, token.token)
  expect((await use()).status).toBe(200)

  expect((await here.send('DELETE', `/1/tokens/${token._id}`)).status).toBe(200)

  const refused = { status: 401, json: { msg: 'Invalid project/token combination' } }
  await vi.waitFor(async () => expect(await use()).toMatchObject(refused), { timeout: 5000, interval: 100 })
  expect(await use()).toMatchObject(refused)
})

test('a project deleted on one gateway is refused on every other within 5 s, also for admins', async () => {
  const [here, there] = [await aGateway(database), await aGateway(database)]
  const { json: project } = await here.send('POST', '/1/projects', { name: 'short-lived' })
  const use = () => there.send('GET', `/3/projects/${project.id}/queues`)
  expect((await use()).status).toBe(200)

  expect((await here.send('DELETE', `/1/projects/${project.id}`)).status).toBe(200)

  await vi.waitFor(async () => expect((await use()).status).toBe(401), { timeout: 5000, interval: 100 })
})
