import { describe, expect, test } from 'vitest'
import { aCore, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a

describe('peeking', () => {
  test('K2 shows the front of the queue, at most so many', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    expect(await q.peek(2)).toEqual(['1', '2'])
    expect(await q.peek(1)).toEqual(['1'])
    expect(await q.peek(100)).toEqual(['1', '2', '3'])
  })

  test('K4 Z11 changes nothing: no reservation, no count, no change of place', async () => {
    const q = await aQueue(a)
    const [id] = await q.post('1', '2')
    const [seen] = valueOf(await core.peekMessages({ ...q.on, count: 1 }))
    expect(seen).toEqual({ id, body: Buffer.from('1'), reservedCount: 0, priority: 65_536, timeoutSeconds: 60 })
    expect(await q.reserve(2)).toMatchObject([{ id, reservedCount: 1 }, { reservedCount: 1 }])
  })

  test('K3 shows what a reserve would give: nothing reserved, delayed, deleted or expired', async () => {
    const q = await aQueue(a)
    await q.post('expired')
    await q.update({ messageExpirationSeconds: 2_592_000 })
    await q.pass(604_800)
    await q.post('deleted', 'reserved')
    await q.reserve(1, { delete: true })
    await q.reserve()
    await q.post('first')
    await q.postOne('delayed', { delaySeconds: 10 })
    await q.postOne('urgent', { priority: 0 })
    expect(await q.peek()).toEqual(['urgent', 'first'])
    expect(await q.bodies()).toEqual(['urgent', 'first'])
  })

  test('F2 shows returned messages in front, with their count', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    const [one, two] = await q.reserve(2)
    await q.release(two!)
    await q.release(one!)
    const seen = valueOf(await core.peekMessages({ ...q.on, count: 3 }))
    expect(seen.map(({ body, reservedCount }) => [body.toString(), reservedCount])).toEqual([
      ['1', 1],
      ['2', 1],
      ['3', 0],
    ])
  })

  test('shows many priorities in their order, registered or not', async () => {
    const q = await aQueue(a)
    for (const priority of [70_000, 1, 65_536, 5, 0]) await q.postOne(`${priority}`, { priority })
    expect(await q.peek(3)).toEqual(['0', '1', '5'])
    expect(await q.peek()).toEqual(['0', '1', '5', '65536', '70000'])
  })

  test('K6 shows an empty list where nothing is ready, and refuses where there is no queue', async () => {
    const q = await aQueue(a)
    expect(await core.peekMessages({ ...q.on, count: 1 })).toEqual(refused('queue_not_found'))
    valueOf(await core.putQueue({ ...q.on, settings: {} }))
    expect(await q.peek()).toEqual([])
  })

  test.each([0, 101, 1.5])('K1 refuses a count of %d', async (count) => {
    const q = await aQueue(a, { settings: {} })
    expect(await core.peekMessages({ ...q.on, count })).toEqual(refused('invalid', { field: 'n' }))
  })
})

describe('finding a message by its id', () => {
  test('M1 M2 M4 shows it in any state, without its reservation, and changes nothing', async () => {
    const q = await aQueue(a)
    const id = await q.postOne('work')
    const value = { id, body: Buffer.from('work'), priority: 65_536, timeoutSeconds: 60 }
    expect(await q.find(id)).toEqual({ ok: true, value: { ...value, reservedCount: 0, status: 'ready' } })
    const message = await q.reserveOne()
    const reserved = { ok: true, value: { ...value, reservedCount: 1, status: 'reserved' } }
    expect(await q.find(id)).toEqual(reserved)
    expect(await q.find(id)).toEqual(reserved)
    await q.release(message, { delaySeconds: 10 })
    expect(await q.find(id)).toEqual({ ok: true, value: { ...reserved.value, status: 'delayed' } })
  })

  test('M1 shows a delayed one', async () => {
    const q = await aQueue(a)
    const id = await q.postOne('later', { delaySeconds: 100 })
    expect(await q.find(id)).toMatchObject({ value: { id, reservedCount: 0 } })
  })

  test('M3 refuses one that is missing, deleted or expired', async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 100 } })
    const [deleted, expired] = await q.post('deleted', 'expired')
    await q.deleteFree(deleted!)
    await q.pass(100)
    for (const id of [deleted!, expired!, 0, -1, Number.MAX_SAFE_INTEGER]) {
      expect(await q.find(id)).toEqual(refused('message_not_found', { id }))
    }
  })

  test('M3 refuses one of another queue, and of another project', async () => {
    const [q, p] = [await aQueue(a), await aQueue(a)]
    const [id] = await q.post('work')
    await q.beside('another').post('other')
    await p.post('other')
    expect(await q.beside('another').find(id!)).toEqual(refused('message_not_found'))
    expect(await p.find(id!)).toEqual(refused('message_not_found'))
  })

  test('refuses where there is no queue', async () => {
    expect(await (await aQueue(a)).find(1)).toEqual(refused('queue_not_found'))
  })
})
