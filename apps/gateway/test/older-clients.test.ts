import https from 'node:https'
import ironMQ from 'ironmq'
import ironio from 'node-ironio'
import { afterAll, describe, expect, test } from 'vitest'
import { ask } from './ask.ts'
import { aCertificate } from './certificate.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

const database = await aDatabase()
const digits = expect.stringMatching(/^1\d{18}$/)

describe('ironmq 0.1.4, unchanged', async () => {
  const { url } = await aGateway(database)
  const { hostname: host, port } = new URL(url)
  const project = ironMQ(adminToken, { protocol: 'http', host, port })(projectId)
  const queue = project('of-ironmq')

  test('posts, gets, tells the size and lists', async () => {
    expect(await ask(queue, 'put', 'one')).toEqual({ ids: [digits], msg: 'Messages put on queue.' })
    expect((await ask(queue, 'put', ['two', 'three'], { timeout: 30 })).ids).toHaveLength(2)
    const [first, ...others] = await ask(queue, 'get', 3)
    expect(first).toMatchObject({ body: 'one', timeout: 60 })
    expect(others).toMatchObject([
      { body: 'two', timeout: 30 },
      { body: 'three', timeout: 30 },
    ])
    expect((await ask(queue, 'get')).length).toBe(0)
    expect(await ask(queue, 'del', first.id)).toEqual({ msg: 'Deleted' })
    expect((await ask(queue, 'info')).size).toBe(2)
    expect((await ask(project, 'list')).map((one: any) => one.name())).toContain('of-ironmq')
  })
})

// It knows two hosts and nothing but https on port 443. Here the name leads to this machine, where the gateway's own
// listener shows a certificate for it.
describe('node-ironio 0.4.2, unchanged', async () => {
  const name = 'mq-aws-us-east-1.iron.io'
  const certificate = await aCertificate(name)
  const { url } = await aGateway(database, { tls: certificate })
  const agent = https.globalAgent as any
  const connect = agent.createConnection
  agent.createConnection = (options: any, then: unknown) => {
    if (options.host !== name || Number(options.port) !== 443) throw new Error(`not there: ${options.host}`)
    const { hostname, port } = new URL(url)
    return connect.call(agent, { ...options, host: hostname, port, servername: name, ca: certificate.cert }, then)
  }
  afterAll(() => {
    agent.createConnection = connect
    agent.destroy()
  })
  const queues = ironio(adminToken).projects(projectId).queues
  const queue = queues('of-ironio')

  test('every call it has for queues', async () => {
    expect((await ask(queue, 'post', 'one')).ids).toEqual([digits])
    const { ids } = await ask(queue, 'post', [{ body: 'two', timeout: 30 }, { body: 'three' }])
    expect(await ask(queue, 'info')).toMatchObject({ name: 'of-ironio', size: 3, project_id: projectId })
    expect(await ask(queue, 'peek')).toMatchObject({ body: 'one', reserved_count: 0 })
    expect(await ask(queue, 'peek', 2)).toMatchObject([{ body: 'one' }, { body: 'two' }])

    const message = await ask(queue, 'get', {})
    expect(message).toMatchObject({ body: 'one', timeout: 60 })
    expect(await ask(message, 'touch')).toEqual({ msg: 'Touched' })
    expect(await ask(message, 'release')).toEqual({ msg: 'Released' })
    expect(await ask(queue, 'get', { n: 2, timeout: 90 })).toMatchObject([{ body: 'two' }, { body: 'three' }])
    expect(await ask(queue, 'touch', ids[0])).toEqual({ msg: 'Touched' })
    expect(await ask(queue, 'release', ids[0], 60)).toEqual({ msg: 'Released' })
    expect(await ask(queue, 'del', ids[1])).toEqual({ msg: 'Deleted' })
    expect(await ask(queue, 'clear')).toEqual({ msg: 'Cleared' })
    expect(await ask(queue, 'get', { n: 5 })).toEqual([])
    await expect(ask(queue, 'del', ids[1])).rejects.toThrow('Response code: 404')
  })

  test('push queues, lists and deletion', async () => {
    const subscribed = await ask(queue, 'subscribe', ['http://example.com/a', 'http://example.com/b'])
    expect(subscribed).toMatchObject({ push_type: 'multicast', subscribers: [{}, { url: 'http://example.com/b' }] })
    const { ids } = await ask(queue, 'post', 'x')
    expect((await ask(queue, 'subscribers', ids[0])).subscribers).toHaveLength(2)
    expect((await ask(queue, 'unsubscribe', 'http://example.com/a')).subscribers).toHaveLength(1)
    expect(await ask(queue, 'update', { push_type: 'pull' })).not.toHaveProperty('push_type')
    expect((await ask(queues, 'list', { page: 0 })).map((one: any) => one.name)).toContain('of-ironio')
    expect(await ask(queue, 'destroy')).toEqual({ msg: 'Deleted.' })
  })
})
