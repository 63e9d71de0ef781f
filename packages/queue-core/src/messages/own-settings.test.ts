import { describe, expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()

describe("a message's own timeout", () => {
  test('M14 lasts an open reservation that names none, and not one that is held by its id', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 100 } })
    await q.postOne('work', { timeoutSeconds: 30 })
    await q.reserveOne({ open: true })
    await q.pass(31)
    expect(await q.reserveOne()).toMatchObject({ reservedCount: 2 })
    await q.passUnnoticed(31)
    expect(await q.bodies()).toEqual([])
  })

  test('M14 without one, an open reservation lasts as long as the queue says', async () => {
    const q = await aQueue(a, { settings: { messageTimeoutSeconds: 100 } })
    await q.postOne('work')
    await q.reserveOne({ open: true })
    await q.passUnnoticed(31)
    expect(await q.bodies()).toEqual([])
  })
})

describe("a message's own expiration", () => {
  test("M16 goes before the queue's", async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 1000 } })
    await q.postOne('short', { expirationSeconds: 10 })
    await q.postOne('long', { expirationSeconds: 5000 })
    await q.passUnnoticed(1001)
    expect(await q.peek()).toEqual(['long'])
  })

  test('may be never, as long as nobody gave the queue one', async () => {
    const q = await aQueue(a, { settings: {} })
    await q.postOne('for ever', { expirationSeconds: Infinity })
    await q.passUnnoticed(10_000_000)
    expect(await q.peek()).toEqual(['for ever'])
  })

  test('never is not beyond what the queue was given', async () => {
    const q = await aQueue(a, { settings: { messageExpirationSeconds: 1000 } })
    await q.postOne('work', { expirationSeconds: Infinity })
    await q.passUnnoticed(1001)
    expect(await q.peek()).toEqual([])
  })
})

describe('M13 where a message returns to', () => {
  test('the end, when an open reservation lapses', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    await q.reserveOne({ open: true })
    await q.pass(60)
    expect(await q.bodies(3)).toEqual(['2', '3', '1'])
  })

  test('its old place, when one that is held by its id does', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    await q.reserveOne()
    await q.pass(60)
    expect(await q.bodies(3)).toEqual(['1', '2', '3'])
  })
})
