import { until } from '@weldmq/testing'
import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV2 } from './v2.ts'

const v2 = await startV2()
let my: InProject
beforeEach(async () => {
  my = await v2.aProject()
})

type Shown = { id: string; trigger: number }

const alert = { type: 'fixed', trigger: 5, queue: 'other' }
const withTriggers = (...some: number[]) => some.map((trigger) => ({ ...alert, trigger }))
const alertsOf = async (queue = 'q') =>
  ((await my.send('GET', `/queues/${queue}`)).json as unknown as { alerts?: Shown[] }).alerts
const triggers = async () => (await alertsOf())?.map(({ trigger }) => trigger)

const updated = '200 {"msg":"Updated"}'
const deleted = '200 {"msg":"Deleted"}'
const noQueue = '404 {"msg":"Queue not found"}'
const add = (...alerts: unknown[]) => my.say('POST', '/queues/q/alerts', { alerts })

test('alerts.1 A1 A2 A8 A9 they are added and replaced, and make the queue', async () => {
  expect(await add(...withTriggers(1, 2))).toBe(updated)
  const hex = expect.stringMatching(/^[0-9a-f]{24}$/) as string
  expect((await alertsOf())![0]).toEqual({ ...alert, trigger: 1, id: hex, direction: 'asc', snooze: 0 })
  expect(await my.say('POST', '/queues/q/alerts/', { alerts: withTriggers(3) })).toBe(updated)
  expect(await triggers()).toEqual([1, 2, 3])
  expect(await my.say('PUT', '/queues/q/alerts/', { alerts: withTriggers(3, 4) })).toBe(updated)
  expect(await triggers()).toEqual([3, 4])
  expect(await my.say('PUT', '/queues/q/alerts', { alerts: null })).toBe(updated)
  expect(await triggers()).toBeUndefined()
  expect(await my.say('PUT', '/queues/new/alerts', { alerts: withTriggers(7) })).toBe(updated)
  expect((await alertsOf('new'))!.map(({ trigger }) => trigger)).toEqual([7])
  expect(await my.say('PUT', '/queues/new/alerts', { alerts: [] })).toBe(updated)
  expect(await alertsOf('new')).toBeUndefined()
})

test('alerts.2 A3 A4 A5 A6 A7 they are removed in every form', async () => {
  await add(...withTriggers(1, 2, 3, 4, 5))
  const ids = (await alertsOf())!.map(({ id }) => id)
  const remove = (body?: unknown) => my.say('DELETE', '/queues/q/alerts/', body)
  expect(await remove({ alerts: [{ id: ids[0] }] })).toBe(deleted)
  expect(await remove({ alerts: [{ id: [ids[1]] }] })).toBe(deleted)
  expect(await remove({ alerts: [{ ...alert, trigger: 3 }, { id: 'unknown' }] })).toBe(deleted)
  expect(await triggers()).toEqual([3, 4, 5])
  expect(await my.say('DELETE', `/queues/q/alerts/${ids[2]}`, '{}')).toBe(deleted)
  expect((await my.send('DELETE', `/queues/q/alerts/${ids[2]}`)).status).toBe(404)
  expect(await triggers()).toEqual([4, 5])
  expect(await remove()).toBe(deleted)
  expect(await triggers()).toBeUndefined()
  expect(await my.say('DELETE', '/queues/none/alerts')).toBe(noQueue)
  expect(await my.say('DELETE', '/queues/none/alerts/5')).toBe(noQueue)
})

test('alerts.1 6.1 keys in odd case and an empty direction, as one Go client sends them', async () => {
  expect(await add({ type: 'progressive', Direction: '', Trigger: 5, Queue: 'x', snooze: 0 })).toBe(updated)
  expect(await alertsOf()).toMatchObject([{ type: 'progressive', direction: 'asc', trigger: 5, queue: 'x' }])
})

test.each([
  [{}, '406 {"msg":"alerts is required"}'],
  [{ alerts: [{ ...alert, type: undefined }] }, '406 {"msg":"alerts[0].type is required"}'],
  [{ alerts: [{ ...alert, trigger: undefined }] }, '406 {"msg":"alerts[0].trigger is required"}'],
  [{ alerts: [{ ...alert, queue: undefined }] }, '406 {"msg":"alerts[0].queue is required"}'],
  [{ alerts: [{ ...alert, type: 'once' }] }, '400 {"msg":"alerts[0].type must be one of fixed, progressive"}'],
  [{ alerts: [{ ...alert, direction: 'up' }] }, '400 {"msg":"alerts[0].direction must be one of asc, desc"}'],
  [{ alerts: [{ ...alert, trigger: '5' }] }, '400 {"msg":"alerts[0].trigger must be an integer"}'],
  [{ alerts: [{ ...alert, snooze: '5' }] }, '400 {"msg":"alerts[0].snooze must be an integer"}'],
])('alerts.3 K1 %j is refused', async (body, answer) => {
  expect(await my.say('POST', '/queues/q/alerts', body)).toBe(answer)
  expect(await my.say('GET', '/queues')).toBe('200 []')
})

test('alerts.3 K2 K3 K4 duplicates and more than five', async () => {
  expect(await add(alert, alert)).toBe(updated)
  const duplicate = '400 {"msg":"At least one new alert duplicates current queue alerts."}'
  expect(await add({ ...alert, queue: 'elsewhere', snooze: 9 })).toBe(duplicate)
  expect(await add(...withTriggers(6, 7, 8))).toBe(updated)
  expect(await add({ ...alert, trigger: 9 })).toMatch(/^400 /)
  expect(await triggers()).toHaveLength(5)
})

test('alerts.3 K7 K8 K9 a progressive alert does not come back to its queue', async () => {
  const progressive = { ...alert, type: 'progressive' }
  expect(await add({ ...progressive, queue: 'q' })).toMatch(/^400 /)
  expect(await add({ ...alert, queue: 'q' })).toBe(updated)
  expect(await add({ ...progressive, queue: 'two' })).toBe(updated)
  expect(await my.say('POST', '/queues/two/alerts', { alerts: [{ ...progressive, queue: 'q' }] })).toMatch(/^400 /)
})

test('alerts.3 K5 K6 U8 alerts and push exclude each other', async () => {
  const excluded = '400 {"msg":"Push queues do not support alerts."}'
  await my.send('POST', '/queues/q', { push_type: 'multicast' })
  expect(await add(alert)).toBe(excluded)
  expect(await my.say('PUT', '/queues/q/alerts', { alerts: [alert] })).toBe(excluded)
  await my.send('POST', '/queues/q', { push_type: 'pull' })
  expect(await add(alert)).toBe(updated)
  expect(await my.say('POST', '/queues/q', { push_type: 'unicast' })).toBe(excluded)
  expect(await my.say('POST', '/queues/q/subscribers', { subscribers: [{ url: 'http://a/' }] })).toBe(excluded)
})

test('alerts.4 6.5 a crossing puts a message on the queue of the alert', async () => {
  await add({ ...alert, trigger: 2 })
  const [{ id }] = (await alertsOf())! as [Shown]
  await my.post('q', 'a', 'b', 'c')
  await until(async () => (await my.send('GET', '/queues/other')).status === 200)
  const [message] = await my.get('other', 'wait=20')
  expect(JSON.parse(message!.body)).toEqual({
    source_queue: 'q',
    queue_size: 3,
    alert_id: id,
    alert_type: 'fixed',
    alert_direction: 'asc',
    alert_trigger: 2,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
  })
})

test('alerts.4 F2 F11 so does one by a delete, of one message and of several', async () => {
  const ids = await my.post('q', 'a', 'b', 'c', 'd')
  await add({ ...alert, direction: 'desc', trigger: 3 }, { ...alert, direction: 'desc', trigger: 1 })
  const sizes: number[] = []
  const heard = async () => {
    for (const { body } of await my.get('other', 'wait=20')) sizes.push(JSON.parse(body).queue_size)
  }
  await my.send('DELETE', `/queues/q/messages/${ids[0]}`)
  await heard()
  await my.send('DELETE', '/queues/q/messages', { ids: ids.slice(1) })
  await heard()
  expect(sizes[0]).toBe(3)
  expect(sizes).toHaveLength(2)
})
