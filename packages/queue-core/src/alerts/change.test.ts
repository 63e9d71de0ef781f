import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import { anAlertedQueue, fixed, hearing, progressive } from '../../test/an-alerted-queue.ts'
import type { NewAlert } from '../index.ts'

const a = await aCore()
const { core } = a
const other = await a.another()

const list = async (on: { project: string; queue: string }) =>
  valueOf(await core.listAlerts(on)).map((alert) => ({ ...alert, id: undefined }))
const whole = (alert: NewAlert) => ({ direction: 'asc', snoozeSeconds: 0, ...alert })

describe('alerts of a queue', () => {
  test('are listed in the order in which they were added, each with an id of its own', async () => {
    const q = await anAlertedQueue(a, fixed(7), progressive(2, { direction: 'desc', snoozeSeconds: 30 }))
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(5, { queue: 'elsewhere' })] })).toEqual(done)
    expect(await list(q.on)).toEqual([
      whole(fixed(7)),
      whole(progressive(2, { direction: 'desc', snoozeSeconds: 30 })),
      whole(fixed(5, { queue: 'elsewhere' })),
    ])
    const alerts = valueOf(await other.listAlerts(q.on))
    for (const { id } of alerts) expect(id).toMatch(/^[0-9a-f]{24}$/)
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(3)
    expect(valueOf(await core.findQueue(q.on)).alerts).toEqual(alerts)
  })

  test('start from the size that the queue has', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    valueOf(await core.addAlerts({ ...q.on, alerts: [fixed(2), fixed(4)] }))
    await q.post('4')
    expect((await hearing(core, q)()).map((heard) => heard.alert_trigger)).toEqual([4])
  })

  test('are replaced all at once, also by none', async () => {
    const q = await anAlertedQueue(a, fixed(1), fixed(2))
    expect(await core.replaceAlerts({ ...q.on, alerts: [fixed(1), progressive(9)] })).toEqual(done)
    expect(await list(q.on)).toEqual([whole(fixed(1)), whole(progressive(9))])
    expect(await core.replaceAlerts({ ...q.on, alerts: [] })).toEqual(done)
    expect(await list(q.on)).toEqual([])
    await q.post('x')
    expect(await q.heard()).toEqual([])
  })

  test('are removed by their ids, unknown ones passed over; all without ids; one or none by its id', async () => {
    const q = await anAlertedQueue(a, fixed(1), fixed(2), fixed(3), fixed(4))
    const [one, two, three] = valueOf(await core.listAlerts(q.on)).map(({ id }) => id)
    expect(await core.removeAlerts({ ...q.on, ids: [one!, 'ffffffffffffffffffffffff'] })).toEqual(done)
    expect(await core.removeAlerts({ ...q.on, ids: [] })).toEqual(done)
    expect(await core.removeAlert({ ...q.on, alertId: two! })).toEqual(done)
    expect(await core.removeAlert({ ...q.on, alertId: two! })).toEqual(refused('alert_not_found', { id: two }))
    const p = await anAlertedQueue(a, fixed(1))
    expect(await core.removeAlert({ ...p.on, alertId: three! })).toEqual(refused('alert_not_found'))
    expect(await list(q.on)).toEqual([whole(fixed(3)), whole(fixed(4))])
    expect(await core.removeAlerts(q.on)).toEqual(done)
    expect(await list(q.on)).toEqual([])
    expect(await list(p.on)).toEqual([whole(fixed(1))])
  })

  test('go with the queue', async () => {
    const q = await anAlertedQueue(a, fixed(1))
    valueOf(await other.deleteQueue(q.on))
    expect(await core.listAlerts(q.on)).toEqual(refused('queue_not_found'))
    await q.post('x')
    expect(await list(q.on)).toEqual([])
    expect(await q.heard()).toEqual([])
  })

  test('of a missing queue are refused, or make it when asked to', async () => {
    const q = await aQueue(a)
    for (const way of ['addAlerts', 'replaceAlerts'] as const) {
      expect(await core[way]({ ...q.on, alerts: [fixed(0)] })).toEqual(refused('queue_not_found'))
      expect(await core[way]({ ...q.on, alerts: [fixed(0)], create: true })).toEqual(refused('invalid'))
    }
    for (const way of ['removeAlerts', 'listAlerts'] as const) {
      expect(await core[way](q.on)).toEqual(refused('queue_not_found'))
      expect(await core[way]({ ...q.on, queue: 'no/name' })).toEqual(refused('queue_not_found'))
    }
    expect(await core.removeAlert({ ...q.on, alertId: 'x' })).toEqual(refused('queue_not_found'))
    expect(await core.findQueue(q.on)).toEqual(refused('queue_not_found'))
    expect(await core.replaceAlerts({ ...q.on, alerts: [], create: true })).toEqual(done)
    expect(valueOf(await core.findQueue(q.on))).toMatchObject({ messageTimeoutSeconds: 60, alerts: [] })
    expect(await core.addAlerts({ ...q.beside('b').on, alerts: [fixed(1)], create: true })).toEqual(done)
  })

  test('are set together with the settings of the queue, or not at all', async () => {
    const q = await aQueue(a, { settings: { alerts: [fixed(1)] } })
    valueOf(await core.updateQueue({ ...q.on, settings: { messageTimeoutSeconds: 7 } }))
    expect(await list(q.on)).toEqual([whole(fixed(1))])
    const settings = { messageTimeoutSeconds: 8, alerts: [progressive(1, { queue: q.on.queue })] }
    expect(await core.updateQueue({ ...q.on, settings })).toEqual(refused('invalid'))
    expect(await core.putQueue({ ...q.beside('new').on, settings: { alerts: [fixed(-1)] } })).toEqual(
      refused('invalid'),
    )
    expect(await core.findQueue(q.beside('new').on)).toEqual(refused('queue_not_found'))
    expect(valueOf(await core.findQueue(q.on))).toMatchObject({ messageTimeoutSeconds: 7, alerts: [fixed(1)] })
    expect(valueOf(await core.putQueue({ ...q.on, settings: { alerts: [fixed(2)] } })).alerts).toMatchObject([fixed(2)])
    expect(valueOf(await core.updateQueue({ ...q.on, settings: { alerts: [] } })).alerts).toEqual([])
  })
})

describe('what an alert may not be', () => {
  test.each<[Partial<NewAlert>, string, string]>([
    [{ trigger: 0 }, 'alerts[0].trigger', 'must be a whole number between 1 and 9007199254740991'],
    [{ trigger: 1.5 }, 'alerts[0].trigger', 'must be a whole number between 1 and 9007199254740991'],
    [{ snoozeSeconds: -1 }, 'alerts[0].snooze', 'must be a whole number between 0 and 9007199254740991'],
    [{ queue: '' }, 'alerts[0].queue', 'must be between 1 and 255 bytes long'],
    [{ queue: 'a/b' }, 'alerts[0].queue', 'must not contain a slash or NUL'],
  ])('6.1 %j', async (wrong, field, rule) => {
    const q = await anAlertedQueue(a)
    const alerts = [fixed(1, wrong)]
    expect(await core.addAlerts({ ...q.on, alerts })).toEqual(refused('invalid', { field, rule }))
    expect(await core.replaceAlerts({ ...q.on, alerts })).toEqual(refused('invalid', { field, rule }))
    expect(await core.updateQueue({ ...q.on, settings: { alerts } })).toEqual(refused('invalid', { field, rule }))
  })

  test('K2 the same in type, direction and trigger as one that is there', async () => {
    const q = await anAlertedQueue(a, fixed(3))
    const same = fixed(3, { direction: 'asc', queue: 'elsewhere', snoozeSeconds: 9 })
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(4), same] })).toEqual(refused('alert_duplicate'))
    expect(await list(q.on)).toHaveLength(1)
    const others = [fixed(4), fixed(3, { direction: 'desc' }), progressive(3)]
    expect(await core.addAlerts({ ...q.on, alerts: others })).toEqual(done)
    expect(await core.replaceAlerts({ ...q.on, alerts: [same] })).toEqual(done)
  })

  test('K3 duplicates among themselves are accepted', async () => {
    const q = await anAlertedQueue(a, ...Array<NewAlert>(5).fill(fixed(1)))
    expect(await list(q.on)).toHaveLength(5)
    await q.post('x')
    expect(await q.heard()).toHaveLength(5)
  })

  test('K4 the sixth of a queue', async () => {
    const q = await anAlertedQueue(a, fixed(1), fixed(2), fixed(3))
    const six = [1, 2, 3, 4, 5, 6].map((trigger) => fixed(trigger))
    const tooMany = refused('invalid', { field: 'alerts', rule: 'must not be more than 5 on one queue' })
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(4), fixed(5), fixed(6)] })).toEqual(tooMany)
    expect(await core.replaceAlerts({ ...q.on, alerts: six })).toEqual(tooMany)
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(4), fixed(5)] })).toEqual(done)
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(6)] })).toEqual(tooMany)
    expect(await core.replaceAlerts({ ...q.on, alerts: six.slice(1) })).toEqual(done)
  })

  test('K4 nor by two gateways at the same time', async () => {
    const q = await anAlertedQueue(a)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 ? core : other).addAlerts({ ...q.on, alerts: [fixed(i + 1)] })),
    )
    expect(answers.filter((answer) => answer.ok)).toHaveLength(5)
    expect(await list(q.on)).toHaveLength(5)
  })

  test('K5 K6 on a push queue; and a queue that has some does not become one', async () => {
    const q = await anAlertedQueue(a, fixed(1))
    const push = (command: object) => core.changePush({ ...q.on, settings: { type: 'multicast' }, ...command })
    const no = refused('alerts_on_push_queue')
    expect(await push({})).toEqual(no)
    expect(valueOf(await core.findQueue(q.on)).type).toBe('pull')
    valueOf(await core.removeAlerts(q.on))
    valueOf(await push({}))
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(1)] })).toEqual(no)
    expect(await core.replaceAlerts({ ...q.on, alerts: [fixed(1)] })).toEqual(no)
    expect(await core.putQueue({ ...q.on, settings: { alerts: [fixed(1)] } })).toEqual(no)
    expect(await core.replaceAlerts({ ...q.on, alerts: [] })).toEqual(done)
    expect(valueOf(await core.findQueue(q.on)).alerts).toEqual([])
  })

  test('K7 progressive and for its own queue; K9 fixed is fine', async () => {
    const q = await anAlertedQueue(a)
    const { queue } = q.on
    const wrong = refused('invalid', { field: 'alerts[1].queue' })
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(1), progressive(1, { queue })] })).toEqual(wrong)
    expect(await core.addAlerts({ ...q.on, alerts: [fixed(1, { queue })] })).toEqual(done)
  })

  test('K8 progressive in a circle, however long, and whether or not the queues exist', async () => {
    const q = await aQueue(a, { settings: {} })
    const lead = (from: string, to: string, create = true) =>
      core.addAlerts({ ...q.beside(from).on, alerts: [progressive(1, { queue: to })], create })
    const circle = refused('invalid', { field: 'alerts', rule: 'must not form a circle of progressive alerts' })
    expect(await lead('1', '2')).toEqual(done)
    expect(await lead('2', '1')).toEqual(circle)
    expect(await core.findQueue(q.beside('2').on)).toEqual(refused('queue_not_found'))
    expect(await lead('2', '3')).toEqual(done)
    expect(await lead('3', '4')).toEqual(done)
    expect(await lead('4', '1')).toEqual(circle)
    expect(
      await core.putQueue({ ...q.beside('4').on, settings: { alerts: [progressive(1, { queue: '2' })] } }),
    ).toEqual(circle)
    const back = fixed(1, { queue: '1' })
    expect(await core.addAlerts({ ...q.beside('4').on, alerts: [back], create: true })).toEqual(done)
    valueOf(await core.deleteQueue(q.beside('3').on))
    expect(await lead('4', '1')).toEqual(done)
    const elsewhere = await aQueue(a, { settings: {} })
    const another = { ...elsewhere.beside('2').on, alerts: [progressive(1, { queue: '1' })], create: true }
    expect(await core.addAlerts(another)).toEqual(done)
  })

  test('K8 nor by two gateways at the same time', async () => {
    const q = await aQueue(a, { settings: {} })
    const names = ['1', '2', '3', '4', '5', '6']
    const answers = await Promise.all(
      names.map((name, i) =>
        (i % 2 ? core : other).addAlerts({
          ...q.beside(name).on,
          alerts: [progressive(1, { queue: names[(i + 1) % names.length]! })],
          create: true,
        }),
      ),
    )
    expect(answers.filter((answer) => !answer.ok)).toEqual([refused('invalid', { field: 'alerts' })])
  })
})
