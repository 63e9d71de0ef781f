import { beforeEach, expect, test } from 'vitest'
import { type InProject, startV3 } from './v3.ts'

const v3 = await startV3()
let my: InProject
beforeEach(async () => {
  my = await v3.aProject()
})

type Shown = { id: string; type: string; trigger: number; direction: string; queue: string; snooze: number }

const alert = { type: 'fixed', trigger: 5, queue: 'other' }
const shownAlert = { ...alert, id: expect.stringMatching(/^[0-9a-f]{24}$/) as string, direction: 'asc', snooze: 0 }

const alertsIn = (text: string) => (JSON.parse(text) as { queue: { alerts?: Shown[] } }).queue.alerts
const alertsOf = async (queue = 'q') => alertsIn((await my.send('GET', `/queues/${queue}`)).text)
const triggers = async () => (await alertsOf())?.map(({ trigger }) => trigger)
const withTriggers = (...some: number[]) => some.map((trigger) => ({ ...alert, trigger }))

const notFound = '404 {"msg":"Queue not found"}'
const deleted = '200 {"msg":"Alerts were deleted."}'

test('queue.9 alerts in the settings are replaced, kept, removed and shown', async () => {
  const put = await my.send('PUT', '/queues/q', { queue: { alerts: [{ ...alert, direction: '', snooze: 0 }] } })
  expect(alertsIn(put.text)).toEqual([shownAlert])
  expect(Object.keys(alertsIn(put.text)![0]!)).toEqual(['id', 'type', 'trigger', 'direction', 'queue', 'snooze'])
  expect(await alertsOf()).toEqual(alertsIn(put.text))
  for (const kept of [{ message_timeout: 7 }, { alerts: null }]) {
    expect(alertsIn((await my.send('PATCH', '/queues/q', { queue: kept })).text)).toEqual(alertsIn(put.text))
  }
  const other = { type: 'progressive', direction: 'desc', trigger: 2, queue: 'x', snooze: 9 }
  const patch = await my.send('PATCH', '/queues/q', { queue: { alerts: [other] } })
  expect(alertsIn(patch.text)).toEqual([{ ...shownAlert, ...other }])
  expect((await my.send('PATCH', '/queues/q', { queue: { alerts: [] } })).text).not.toContain('alerts')
  expect(await alertsOf()).toBeUndefined()
  expect(await my.say('PATCH', '/queues/none', { queue: { alerts: [other] } })).toBe(notFound)
  expect(await my.say('PUT', '/queues/new', { queue: { alerts: [{ ...alert, trigger: 0 }] } })).toMatch(/^400 /)
  expect(await my.say('GET', '/queues/new')).toBe(notFound)
})

test('alerts.1 they are added, replaced and deleted', async () => {
  await my.send('PUT', '/queues/q')
  expect(await my.say('POST', '/queues/q/alerts', { alerts: withTriggers(1, 2) })).toBe(
    '200 {"msg":"Alerts were added."}',
  )
  expect(await my.say('POST', '/queues/q/alerts/', { alerts: withTriggers(3, 4) })).toMatch(/^200 /)
  const [first, second] = (await alertsOf())!
  expect(await my.say('DELETE', '/queues/q/alerts', { alerts: [first, { id: second!.id }, { id: 'x' }] })).toBe(deleted)
  expect(await triggers()).toEqual([3, 4])
  expect(await my.say('DELETE', '/queues/q/alerts', { alerts: [] })).toBe(deleted)
  expect(await my.say('PUT', '/queues/q/alerts', { alerts: withTriggers(4, 9) })).toBe(
    '200 {"msg":"Alerts were replaced."}',
  )
  expect(await triggers()).toEqual([4, 9])
  expect(await my.say('PUT', '/queues/q/alerts', { alerts: null })).toMatch(/^200 /)
  expect(await triggers()).toBeUndefined()
  for (const body of [undefined, {}, { alerts: null }]) {
    await my.send('POST', '/queues/q/alerts', { alerts: withTriggers(1) })
    expect(await my.say('DELETE', '/queues/q/alerts', body)).toBe(deleted)
    expect(await triggers()).toBeUndefined()
  }
})

test('alerts.1 a missing queue is not made', async () => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect(await my.say(method, '/queues/none/alerts', { alerts: [] })).toBe(notFound)
    expect(await my.say(method, '/queues/none/alerts', { alerts: 5 })).toBe(notFound)
  }
  expect(await my.say('DELETE', '/queues/none/alerts/5eee546df4fef7cf2ee0f300')).toBe(notFound)
})

test('alerts.1 they need the scope manage', async () => {
  const Authorization = `OAuth ${await my.tokenFor({ scopes: ['produce', 'consume'] })}`
  await my.send('PUT', '/queues/q')
  for (const [method, path] of [
    ['POST', '/queues/q/alerts'],
    ['PUT', '/queues/q/alerts'],
    ['DELETE', '/queues/q/alerts'],
    ['DELETE', '/queues/q/alerts/5eee546df4fef7cf2ee0f300'],
  ] as const) {
    expect(await my.say(method, path, { alerts: [] }, { Authorization })).toMatch(/^403 .*manage/)
  }
})

test('alerts.2 one is deleted by its id, once', async () => {
  await my.send('PUT', '/queues/q', { queue: { alerts: withTriggers(1, 2) } })
  const [first] = (await alertsOf())!
  expect(await my.say('DELETE', `/queues/q/alerts/${first!.id}`, {})).toBe(deleted)
  expect(await my.say('DELETE', `/queues/q/alerts/${first!.id}`)).toBe('404 {"msg":"Alert not found"}')
  expect(await triggers()).toEqual([2])
})

test('alerts.3 the list may stand in a queue, and ids alone', async () => {
  await my.send('PUT', '/queues/q')
  await my.send('POST', '/queues/q/alerts', { queue: { alerts: withTriggers(1) } })
  await my.send('PUT', '/queues/q/alerts', { Queue: { Alerts: withTriggers(2, 3) } })
  const [second] = (await alertsOf())!
  expect(await my.say('DELETE', '/queues/q/alerts', { queue: { alerts: [second!.id] } })).toBe(deleted)
  expect(await triggers()).toEqual([3])
})

test.each([
  [{ type: undefined }, 'type is required'],
  [{ direction: 'up' }, 'direction must be one of asc, desc'],
  [{ trigger: '5' }, 'trigger must be an integer'],
  [{ queue: '' }, 'queue must not be empty'],
  [{ queue: 'a/b' }, 'queue must not contain a slash or NUL'],
  [{ snooze: -1 }, 'snooze must be between 0 and 9007199254740991'],
])('alerts.4 %j is 400', async (wrong, problem) => {
  await my.send('PUT', '/queues/q')
  for (const method of ['POST', 'PUT']) {
    const body = { alerts: [alert, { ...alert, ...wrong }] }
    expect(await my.say(method, '/queues/q/alerts', body)).toBe(`400 {"msg":"alerts[1].${problem}"}`)
  }
  expect(await triggers()).toBeUndefined()
})

test('alerts.5 too many, twice the same, and circles are 400', async () => {
  await my.send('PUT', '/queues/q', { queue: { alerts: withTriggers(1, 2, 3) } })
  const add = (...alerts: unknown[]) => my.say('POST', '/queues/q/alerts', { alerts })
  expect(await add(...withTriggers(4, 5, 6))).toBe('400 {"msg":"alerts must not be more than 5 on one queue"}')
  expect(await add(...withTriggers(1, 2, 3, 4, 5, 6))).toBe('400 {"msg":"alerts must have at most 5 elements"}')
  expect(await add({ ...alert, trigger: 2, queue: 'elsewhere' })).toBe(
    '400 {"msg":"At least one new alert duplicates current queue alerts."}',
  )
  expect(await add({ ...alert, type: 'progressive', queue: 'q' })).toBe(
    '400 {"msg":"alerts[0].queue must not be the queue itself in a progressive alert"}',
  )
  expect(await add({ ...alert, type: 'progressive', queue: 'p' })).toMatch(/^200 /)
  expect(await my.say('PUT', '/queues/p', { queue: { alerts: [{ ...alert, type: 'progressive', queue: 'q' }] } })).toBe(
    '400 {"msg":"alerts must not form a circle of progressive alerts"}',
  )
  expect(await triggers()).toEqual([1, 2, 3, 5])
})

test('alerts.6 a call that crosses the line has posted the message when it is answered', async () => {
  await my.send('PUT', '/queues/q', { queue: { alerts: [alert, { ...alert, direction: 'desc', trigger: 1 }] } })
  await my.post('q', '1', '2', '3', '4')
  expect(await my.say('GET', '/queues/other')).toBe(notFound)
  await my.post('q', '5', '6', '7')
  await my.say('DELETE', '/queues/q/messages')
  const bodies = (await my.reserve('other', { n: 10 })).map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  expect(bodies).toMatchObject([
    { source_queue: 'q', queue_size: 7, alert_direction: 'asc', alert_trigger: 5 },
    { source_queue: 'q', queue_size: 0, alert_direction: 'desc', alert_trigger: 1 },
  ])
})

test('alerts.7 calls at the same time leave no crossing behind', async () => {
  await my.send('PUT', '/queues/q', { queue: { alerts: [alert] } })
  await Promise.all(Array.from({ length: 20 }, () => my.post('q', 'x')))
  const [only, ...more] = await my.reserve('other', { n: 10 })
  expect(JSON.parse(only!.body)).toMatchObject({ alert_trigger: 5 })
  expect(more).toEqual([])
})
