import { expect, test } from 'vitest'
import { banner } from '../src/banner.ts'
import { readConfig } from '../src/index.ts'
import { aBeanstalkSession } from './beanstalk-session.ts'
import { aDatabase, aGateway, adminToken, projectId } from './gateway.ts'

const database = await aDatabase()
const gateway = await aGateway(database)
const address = gateway.beanstalk[0]!
const at = (queue: string) => `/3/projects/${projectId}/queues/${queue}`

/** The same message, as REST v3 spells its id. */
const v3Id = (id: string) => String(10n ** 18n + BigInt(id))

test('a job put here is reserved and deleted by a v3 client (contract 16)', async () => {
  const session = await aBeanstalkSession(address)
  await session.ask('use jobs')
  const [inserted] = await session.ask('put 0 0 60 5', 'hello')
  const id = inserted!.replace('INSERTED ', '')
  const { json } = await gateway.send('POST', `${at('jobs')}/reservations`, {})
  expect(json.messages).toMatchObject([{ id: v3Id(id), body: 'hello' }])
  expect(await session.ask(`delete ${id}`)).toEqual(['NOT_FOUND'])
  const held = { reservation_id: json.messages[0].reservation_id }
  expect((await gateway.send('DELETE', `${at('jobs')}/messages/${v3Id(id)}`, held)).status).toBe(200)
  expect(await session.ask(`peek ${id}`)).toEqual(['NOT_FOUND'])
  session.close()
})

test('a message posted by a v3 client is an ordinary job here (contract 16, 17)', async () => {
  const session = await aBeanstalkSession(address)
  const { json } = await gateway.send('POST', `${at('posts')}/messages`, { messages: [{ body: 'x' }] })
  const id = String(BigInt(json.ids[0]) - 10n ** 18n)
  expect(await session.ask('watch posts')).toEqual(['WATCHING 2'])
  expect(await session.ask('reserve-with-timeout 20')).toEqual([`RESERVED ${id} 1`, 'x'])
  const [, document] = await session.ask(`stats-job ${id}`)
  expect(document).toContain('\ntube: "posts"\nstate: reserved\npri: 65536\n')
  expect((await gateway.send('POST', `${at('posts')}/reservations`, {})).json.messages).toEqual([])
  expect((await gateway.send('DELETE', `${at('posts')}/messages/${json.ids[0]}`)).status).toBe(400)
  session.close()
  // Its reservations end with the connection.
  expect((await gateway.send('POST', `${at('posts')}/reservations`, { wait: 20 })).json.messages).toMatchObject([
    { id: json.ids[0] },
  ])
})

test('the first put may log in with a token of the gateway, to another project', async () => {
  const { json } = await gateway.send('POST', '/1/projects', { name: 'other' })
  const session = await aBeanstalkSession(address)
  const login = `oauth ${adminToken} ${json.id}`
  expect(await session.ask(`put 0 0 60 ${login.length}`, login)).toEqual(['INSERTED 0'])
  await session.ask('put 0 0 60 1', 'x')
  const { json: reserved } = await gateway.send('POST', `/3/projects/${json.id}/queues/default/reservations`, {})
  expect(reserved.messages).toMatchObject([{ body: 'x' }])
  session.close()
})

test('the metrics count beanstalk commands', async () => {
  const session = await aBeanstalkSession(address)
  await session.ask('list-tube-used')
  const { text } = await gateway.send('GET', '/metrics')
  expect(text).toMatch(/^weldmq_beanstalk_commands_total\{command="list-tube-used"\} [1-9]/m)
  expect(text).toMatch(/^weldmq_beanstalk_connections [1-9]/m)
  session.close()
})

test('the banner says where beanstalk clients go, and what to mind where others can reach it', async () => {
  expect(banner(gateway, gateway.config)).toContain(`beanstalk ${address} (login optional)`)
  expect(banner(gateway, gateway.config)).not.toContain('beanstalk needs no login')
  const beanstalk = (listen: string) => readConfig({ WELDMQ_BEANSTALK_LISTEN: listen }).beanstalk
  const config = { ...gateway.config, beanstalk: beanstalk('0.0.0.0:1?mode=off') }
  expect(banner(gateway, config)).toContain('0.0.0.0 can be reached from other machines, and beanstalk needs no login')
  const clear = { ...gateway.config, beanstalk: beanstalk('0.0.0.0:1') }
  expect(banner(gateway, clear)).toContain('beanstalk logins travel in the clear')
  expect(banner({ ...gateway, beanstalk: [] }, { ...config, beanstalk: beanstalk('off') })).toContain('beanstalk off')
})
