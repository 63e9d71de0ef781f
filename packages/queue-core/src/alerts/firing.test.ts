import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aTransaction } from '../../test/a-transaction.ts'
import { type Heard, anAlertedQueue, fixed, hearing, progressive } from '../../test/an-alerted-queue.ts'
import { claimSlot } from '../counters/counters.sql.ts'
import { connect } from '../db/connect.ts'
import { toColumns } from '../line/rows.ts'
import { insertMessages } from '../line/post.sql.ts'
import { lockAlerts, storeSeen } from './firing.sql.ts'

let callersAtOnce = new Map<string, number>()
const a = await aCore({
  onBatch: (kind, callers) => callersAtOnce.set(kind, Math.max(callers, callersAtOnce.get(kind) ?? 0)),
})
const other = await a.another()
const many = (count: number) => Array<string>(count).fill('x')
const sizes = (heard: Heard[]) => heard.map((one) => one.queue_size)
const four = [fixed(10), fixed(10, { direction: 'desc' }), progressive(10), progressive(10, { direction: 'desc' })]

describe('v2 6.4, the example table', () => {
  test.each<[number, number, string[]]>([
    [0, +9, []],
    [9, +1, ['fixed asc', 'progressive asc']],
    [9, +4, ['fixed asc', 'progressive asc']],
    [13, +10, ['progressive asc']],
    [23, -3, ['progressive desc']],
    [11, -1, ['fixed desc', 'progressive desc']],
    [10, -1, []],
    [5, -5, []],
  ])('from %i by %i', async (start, change, which) => {
    const q = await anAlertedQueue(a, ...four)
    const ids = start > 0 ? await q.post(...many(start)) : []
    await q.heard()
    if (change > 0) await q.post(...many(change))
    else await q.deleteAll(...ids.slice(0, -change).map((id) => ({ id })))
    const heard = await q.heard()
    expect(heard.map((one) => `${one.alert_type} ${one.alert_direction}`)).toEqual(which)
    expect(sizes(heard)).toEqual(which.map(() => start + change))
  })
})

describe('an alert', () => {
  test('6.5 says what fired, and for which size', async () => {
    const q = await anAlertedQueue(a, fixed(3))
    const [alert] = valueOf(await a.core.listAlerts(q.on))
    await q.post(...many(4))
    const [heard] = await q.heard()
    expect(heard).toEqual({
      source_queue: q.on.queue,
      queue_size: 4,
      alert_id: alert!.id,
      alert_type: 'fixed',
      alert_direction: 'asc',
      alert_trigger: 3,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    })
    expect(Object.keys(heard!)[0]).toBe('source_queue')
    expect(Math.abs(Date.parse(heard!.created_at) - Date.now())).toBeLessThan(60_000)
  })

  test('F1 F5 fires once for a call that jumps past its trigger', async () => {
    const q = await anAlertedQueue(a, fixed(10))
    await q.post(...many(13))
    expect(sizes(await q.heard())).toEqual([13])
  })

  test('F2 fires when the size falls to its trigger', async () => {
    const q = await anAlertedQueue(a, fixed(2, { direction: 'desc' }))
    const ids = await q.post('1', '2', '3', '4')
    for (const id of ids) await q.deleteFree(id)
    expect(sizes(await q.heard())).toEqual([2])
  })

  test('F3 F4 F6 progressive: fires once for each call that passes multiples of its trigger', async () => {
    const q = await anAlertedQueue(a, progressive(3), progressive(3, { direction: 'desc' }))
    for (let i = 0; i < 7; i++) await q.post('x')
    await q.post(...many(8))
    const taken = await q.reserve(15)
    for (const one of taken) await q.delete(one)
    expect((await q.heard()).map((one) => [one.alert_direction, one.queue_size])).toEqual([
      ['asc', 3],
      ['asc', 6],
      ['asc', 15],
      ['desc', 12],
      ['desc', 9],
      ['desc', 6],
      ['desc', 3],
    ])
  })

  test('F7 F8 does not fire again before the size was on the other side', async () => {
    const q = await anAlertedQueue(a, fixed(2))
    const [first, second] = await q.post('1', '2', '3')
    expect(sizes(await q.heard())).toEqual([3])
    await q.post('4')
    await q.deleteAll({ id: first! }, { id: second! })
    expect(await q.heard()).toEqual([])
    await q.clear()
    await q.post('7', '8')
    expect(sizes(await q.heard())).toEqual([2])
  })

  test('F9 is silent while it snoozes, and what it slept through is lost', async () => {
    const q = await anAlertedQueue(a, fixed(1, { snoozeSeconds: 60 }))
    await q.post('1')
    expect(await q.heard()).toHaveLength(1)
    await q.clear()
    await q.pass(30)
    await q.post('2')
    await q.pass(31)
    expect(await q.heard()).toEqual([])
    await q.post('3')
    expect(await q.heard()).toEqual([])
    await q.clear()
    await q.post('4')
    expect(await q.heard()).toHaveLength(1)
  })

  test('F14 snoozing, sends one message however many cross at the same time', async () => {
    const q = await anAlertedQueue(a, fixed(1, { snoozeSeconds: 60 }))
    const worker = async (core: typeof other) => {
      for (let i = 0; i < 5; i++) {
        await q.through(core).post('x')
        await q.through(core).clear()
      }
    }
    await Promise.all([worker(a.core), worker(other), worker(a.core), worker(other)])
    await q.post('x')
    expect(await q.heard()).toHaveLength(1)
  })

  test('F10 has fired when the call that crossed its line is answered', async () => {
    const q = await anAlertedQueue(a, fixed(1))
    for (let i = 0; i < 10; i++) {
      await q.through(i % 2 ? other : a.core).post('x')
      await q.through(i % 3 ? other : a.core).clear()
    }
    expect(await q.heard()).toHaveLength(10)
  })

  test('F12 makes the queue that it posts to', async () => {
    const q = await anAlertedQueue(a, fixed(1, { queue: 'made' }))
    expect(await a.core.findQueue({ ...q.on, queue: 'made' })).toMatchObject({ ok: false })
    await q.post('x')
    expect(valueOf(await a.core.findQueue({ ...q.on, queue: 'made' }))).toMatchObject({ size: 1, type: 'pull' })
    valueOf(await a.core.deleteQueue({ ...q.on, queue: 'made' }))
    valueOf(await other.deleteQueue({ ...q.on, queue: 'none' }).then(() => ({ ok: true, value: undefined })))
    await q.clear()
    await q.through(other).post('x')
    await q.clear()
    await q.post('x')
    expect(await hearing(a.core, q, 'made')()).toHaveLength(2)
  })

  test('F13 is an ordinary message, which may set off alerts of its own queue', async () => {
    const q = await anAlertedQueue(a, fixed(2, { queue: 'second' }))
    valueOf(await a.core.addAlerts({ ...q.on, queue: 'second', alerts: [fixed(1, { queue: 'third' })], create: true }))
    valueOf(await a.core.addAlerts({ ...q.on, queue: 'third', alerts: [fixed(1)], create: true }))
    await q.post('1', '2')
    expect(await q.heard()).toMatchObject([{ source_queue: 'third', queue_size: 1 }])
    expect(valueOf(await a.core.findQueue({ ...q.on, queue: 'second' }))).toMatchObject({ size: 1, totalMessages: 1 })
  })

  test('K9 fixed, may post to its own queue', async () => {
    const q = await anAlertedQueue(a)
    valueOf(await a.core.addAlerts({ ...q.on, alerts: [fixed(2, { queue: q.on.queue })] }))
    await q.post('1', '2')
    expect(await q.size()).toEqual({ size: 3, totalMessages: 3 })
    await q.post('3')
    expect(await q.size()).toEqual({ size: 4, totalMessages: 4 })
  })

  test('wakes those who wait for its messages', async () => {
    const q = await anAlertedQueue(a, fixed(1))
    await q.beside('alerts').post('first')
    await q.beside('alerts').clear()
    const waiting = [a.core, other].map((core) => q.beside('alerts').through(core).reserve(1, { waitSeconds: 20 }))
    await q.post('x')
    await q.clear()
    await q.post('x')
    expect((await Promise.all(waiting)).map((taken) => taken.length)).toEqual([1, 1])
  })
})

describe('F11 the size also changes by', () => {
  test('statements that many queues share', async () => {
    const queues = await Promise.all(
      Array.from({ length: 12 }, () => anAlertedQueue(a, fixed(1), fixed(1, { direction: 'desc' }))),
    )
    // Whoever has to look up a queue first comes too late to share a statement.
    await Promise.all(queues.map((q) => q.reserve()))
    callersAtOnce = new Map()
    await Promise.all(queues.map((q) => q.post('1', '2')))
    const held = await Promise.all(queues.map((q) => q.reserveOne()))
    await Promise.all(queues.map((q, i) => q.delete(held[i]!)))
    expect(callersAtOnce.get('post')).toBeGreaterThan(1)
    expect(callersAtOnce.get('delete')).toBeGreaterThan(1)
    for (const q of queues) expect(sizes(await q.heard())).toEqual([2, 1])
  })

  test('a post with an idempotency key', async () => {
    const q = await anAlertedQueue(a, fixed(1))
    for (let i = 0; i < 2; i++) {
      valueOf(await a.core.postMessages({ ...q.on, messages: [{ body: Buffer.from('x') }], idempotencyKey: 'k' }))
    }
    expect(sizes(await q.heard())).toEqual([1])
  })

  test('deletes by the id alone, one and several, of one queue and of many at once', async () => {
    const queues = await Promise.all(
      Array.from({ length: 12 }, () =>
        anAlertedQueue(a, fixed(3, { direction: 'desc' }), fixed(1, { direction: 'desc' })),
      ),
    )
    callersAtOnce = new Map()
    const posted = await Promise.all(queues.map((q) => q.post('1', '2', '3', '4')))
    await Promise.all(queues.map((q, i) => a.core.deleteMessageById({ ...q.on, messageId: posted[i]![0]! })))
    expect(callersAtOnce.get('delete by id')).toBeGreaterThan(1)
    for (const [i, q] of queues.entries()) {
      valueOf(await a.core.deleteMessagesById({ ...q.on, messageIds: posted[i]!.slice(1) }))
      expect(sizes(await q.heard())).toEqual([3, 0])
    }
  })

  test('a reserve that deletes, as one change', async () => {
    const q = await anAlertedQueue(a, progressive(2, { direction: 'desc' }))
    await q.post(...many(9))
    await q.reserve(6, { delete: true })
    expect(sizes(await q.heard())).toEqual([3])
  })

  test('delayed and reserved messages, which count', async () => {
    const q = await anAlertedQueue(a, fixed(2))
    await q.postOne('delayed', { delaySeconds: 100 })
    await q.postOne('x')
    expect(sizes(await q.heard())).toEqual([2])
    await q.reserveOne()
    await q.postOne('y')
    expect(await q.heard()).toEqual([])
  })

  test('a batch delete and clear', async () => {
    const q = await anAlertedQueue(a, fixed(3, { direction: 'desc' }))
    const ids = await q.post(...many(5))
    await q.deleteAll(...ids.slice(0, 3).map((id) => ({ id })))
    expect(sizes(await q.heard())).toEqual([2])
    await q.post(...many(5))
    await q.clear()
    expect(sizes(await q.heard())).toEqual([0])
  })

  test('expiry', async () => {
    const q = await anAlertedQueue(a, fixed(1, { direction: 'desc' }))
    valueOf(await a.core.putQueue({ ...q.on, settings: { messageExpirationSeconds: 100 } }))
    await q.post('1', '2')
    await q.pass(100)
    const heard: Heard[] = []
    await until(async () => heard.push(...(await q.heard())) > 0)
    expect(sizes(heard)).toEqual([0])
  })

  test('dead letters, on both sides', async () => {
    const q = await anAlertedQueue(a, fixed(1, { direction: 'desc' }))
    const settings = { deadLetter: { queueName: 'dead', maxReservations: 1 }, messageTimeoutSeconds: 10 }
    valueOf(await a.core.putQueue({ ...q.on, settings }))
    valueOf(await a.core.addAlerts({ ...q.on, queue: 'dead', alerts: [fixed(1)] }))
    await q.post('1', '2')
    await q.reserve(2)
    await q.pass(11)
    expect(await q.reserve(2)).toEqual([])
    expect((await q.heard()).map((one) => one.source_queue).toSorted()).toEqual(['dead', q.on.queue].toSorted())
  })
})

test('what a gateway that died left unlooked at, another one finds', async () => {
  const q = await anAlertedQueue(a, fixed(1))
  const [writer] = await a.sql`insert into weldmq.writers default values returning slot`
  await a.sql`
    insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
    values (${await q.queueId()}, ${writer!['slot']}, 1, 1, 1)`
  const heard: Heard[] = []
  await until(async () => heard.push(...(await q.heard())) > 0)
  expect(sizes(heard)).toEqual([1])
})

test('a look that cannot be made fails no call, and is made up for', async () => {
  const q = await anAlertedQueue(a, fixed(1))
  const holder = await aTransaction(a)
  await lockAlerts(holder.sql as never, await q.queueId())
  let answered = false
  const posting = q.post('x').then(() => (answered = true))
  await until(async () => {
    await a.sql`
      select pg_cancel_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'weldmq alerts' and wait_event_type = 'Lock'`
    return answered
  })
  await posting
  await holder.rollback()
  await until(async () => (await q.heard()).length === 1)
  expect(a.faults).toContainEqual(expect.objectContaining({ where: 'alerts' }))
})

test('a call is not answered before a look that may have missed it has ended', async () => {
  const q = await anAlertedQueue(a, fixed(1))
  const queueId = await q.queueId()
  const raw = connect(a.database, { max: 1, pinned: true, name: 'test' })
  const [writer] = await claimSlot(raw)

  // Another gateway posts and looks, and has not stored yet what it saw.
  const looking = await aTransaction(a)
  await lockAlerts(looking.sql as never, queueId)
  const row = {
    body: Buffer.from('x'),
    delaySeconds: 0,
    priority: 0,
    timeoutSeconds: null,
    expirationSeconds: null,
    pushHeaders: null,
  }
  const [posted] = await insertMessages(raw, { queueId, slot: writer!.slot, seq: 1, ...toColumns([row]) })
  await raw.end()

  let answered = false
  const deleting = q.deleteFree(posted!.id).then(() => (answered = true))
  await until(async () => {
    const waiting = await a.sql`
      select 1 from pg_locks
       where locktype = 'advisory' and mode = 'ShareLock' and not granted
         and database = (select oid from pg_database where datname = current_database())`
    return answered || waiting.length > 0
  })
  await storeSeen(looking.sql as never, { queueId, size: 1, fired: [] })
  await looking.commit()
  await deleting
  await q.post('y')
  expect(sizes(await q.heard())).toEqual([1])
})
