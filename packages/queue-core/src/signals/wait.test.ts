import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'

const a = await aCore()
const { core } = a
const other = await a.another()

const texts = async (asked: Promise<{ body: Buffer }[]>) => (await asked).map((message) => message.body.toString())

describe('a reserve that waits', () => {
  test('R4 takes at once what is there', async () => {
    const q = await aQueue(a)
    await q.post('1', '2', '3')
    expect(await texts(q.reserve(2, { waitSeconds: 30 }))).toEqual(['1', '2'])
  })

  test('R4 ends with an empty list when nothing comes', async () => {
    const q = await aQueue(a, { settings: {} })
    const began = performance.now()
    expect(await q.reserve(1, { waitSeconds: 1 })).toEqual([])
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  })

  test('R4 is woken by a post', async () => {
    const q = await aQueue(a, { settings: {} })
    const waiting = q.reserve(10, { waitSeconds: 30 })
    await q.reserve()
    await q.post('1', '2')
    expect(await texts(waiting)).toEqual(['1', '2'])
  })

  test('R4 is woken by a post through another gateway', async () => {
    const q = await aQueue(a, { settings: {} })
    const waiting = q.reserve(1, { waitSeconds: 30 })
    await q.reserve()
    await q.through(other).post('work')
    expect(await texts(waiting)).toEqual(['work'])
  })

  test('R4 is woken by a post with an idempotency key', async () => {
    const q = await aQueue(a, { settings: {} })
    const waiting = q.reserve(1, { waitSeconds: 30 })
    await q.reserve()
    await core.postMessages({ ...q.on, messages: [{ body: Buffer.from('work') }], idempotencyKey: 'key' })
    expect(await texts(waiting)).toEqual(['work'])
  })

  test.each(['this gateway', 'another one'])('R4 is woken by a release through %s', async (where) => {
    const q = await aQueue(a)
    await q.post('work')
    const message = await q.reserveOne()
    const waiting = q.reserve(1, { waitSeconds: 30 })
    await q.reserve()
    expect(await q.through(where === 'this gateway' ? core : other).release(message)).toEqual(done)
    expect(await waiting).toMatchObject([{ id: message.id, reservedCount: 2 }])
  })

  test('R4 is woken by a reservation that lapses', async () => {
    const q = await aQueue(a)
    await q.post('work')
    await q.reserveOne()
    const waiting = q.reserve(1, { waitSeconds: 30 })
    await q.passUnnoticed(60)
    expect(await waiting).toMatchObject([{ reservedCount: 2 }])
  })

  test('R4 is woken by a delay that ends', async () => {
    const q = await aQueue(a)
    await q.postOne('work', { delaySeconds: 100 })
    const waiting = q.reserve(1, { waitSeconds: 30 })
    await q.passUnnoticed(100)
    expect(await texts(waiting)).toEqual(['work'])
  })

  test('I12 a short delay ends by itself', async () => {
    const q = await aQueue(a)
    const began = performance.now()
    await q.postOne('work', { delaySeconds: 1 })
    expect(await texts(q.reserve(1, { waitSeconds: 30 }))).toEqual(['work'])
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  })

  test('I13 a short reservation lapses by itself, not before its time', async () => {
    const q = await aQueue(a)
    await q.post('work')
    const began = performance.now()
    await q.reserveOne({ timeoutSeconds: 1 })
    expect(await q.reserve(1, { waitSeconds: 30 })).toMatchObject([{ reservedCount: 2 }])
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  })

  test('R6 with delete takes what comes and deletes it', async () => {
    const q = await aQueue(a, { settings: {} })
    const waiting = q.reserve(1, { waitSeconds: 30, delete: true })
    await q.post('work')
    expect(await texts(waiting)).toEqual(['work'])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('R3 on no queue is refused at once', async () => {
    const q = await aQueue(a)
    expect(await core.reserveMessages({ ...q.on, count: 1, waitSeconds: 30 })).toEqual(refused('queue_not_found'))
  })

  test('does not take what another queue gets', async () => {
    const q = await aQueue(a, { settings: {} })
    const waiting = q.reserve(1, { waitSeconds: 30 })
    await q.beside('another').post('other')
    await q.post('mine')
    expect(await texts(waiting)).toEqual(['mine'])
  })
})

describe('many that wait', () => {
  test('get one message each, the longest waiting first', async () => {
    const q = await aQueue(a, { settings: {} })
    const order: number[] = []
    const waits: Promise<unknown>[] = []
    for (let i = 0; i < 3; i++) {
      waits.push(q.reserve(1, { waitSeconds: 30 }).then(() => order.push(i)))
      await q.reserve()
    }
    for (let i = 0; i < 3; i++) {
      await q.post(`${i}`)
      await until(() => order.length === i + 1)
    }
    expect(order).toEqual([0, 1, 2])
    await Promise.all(waits)
  })

  test('are all served by one post, in two gateways', async () => {
    const q = await aQueue(a, { settings: {} })
    const waits = Array.from({ length: 20 }, (_, i) => q.through(i % 2 ? core : other).reserve(1, { waitSeconds: 30 }))
    await q.post(...Array.from({ length: 20 }, (_, i) => `${i}`))
    const taken = (await Promise.all(waits)).flat().map((message) => message.body.toString())
    expect(taken.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`).toSorted())
  })
})

describe('a caller that leaves while it waits', () => {
  test('R8 gets nothing, and takes nothing away from those who stay', async () => {
    const q = await aQueue(a, { settings: {} })
    const leaving = new AbortController()
    const left = q.reserve(1, { waitSeconds: 30, signal: leaving.signal })
    const stayed = q.reserve(1, { waitSeconds: 30 })
    await q.reserve()
    leaving.abort()
    expect(await left).toEqual([])
    await q.post('work')
    expect(await stayed).toMatchObject([{ body: Buffer.from('work'), reservedCount: 1 }])
  })

  test('R8 in the very moment that something comes leaves it to the next', async () => {
    const q = await aQueue(a, { settings: {} })
    const handedOut: string[] = []
    for (let round = 0; round < 10; round++) {
      const leaving = new AbortController()
      const left = texts(q.reserve(1, { waitSeconds: 30, signal: leaving.signal }))
      const posted = q.post(`${round}`)
      setImmediate(() => leaving.abort())
      const [had] = await Promise.all([left, posted])
      handedOut.push(...(had.length > 0 ? had : await texts(q.reserve(1, { waitSeconds: 30 }))))
    }
    expect(handedOut).toEqual(Array.from({ length: 10 }, (_, round) => `${round}`))
  })
})

test('R5 a wait whose queue is deleted ends, refused or with nothing', async () => {
  const q = await aQueue(a, { settings: {} })
  const waiting = core.reserveMessages({ ...q.on, count: 1, waitSeconds: 1 })
  await core.deleteQueue(q.on)
  const result = await waiting
  if (result.ok) expect(valueOf(result)).toEqual([])
  else expect(result).toEqual(refused('queue_not_found'))
})

test('drain ends all waits with an empty list, and later ones do not wait', async () => {
  const third = await a.another()
  const q = await aQueue(a, { settings: {} })
  const waits = [q.through(third).reserve(1, { waitSeconds: 30 }), q.through(third).reserve(1, { waitSeconds: 30 })]
  await q.through(third).reserve()
  third.drain()
  expect(await Promise.all(waits)).toEqual([[], []])
  expect(await q.through(third).reserve(1, { waitSeconds: 30 })).toEqual([])
  await q.post('work')
  expect(await texts(q.through(third).reserve(1, { waitSeconds: 30 }))).toEqual(['work'])
})

test('stop ends waits with an empty list, and what was under way is finished', async () => {
  const fourth = await a.another()
  const q = await aQueue(a, { settings: {} })
  const waiting = q.through(fourth).reserve(1, { waitSeconds: 30 })
  await q.through(fourth).reserve()
  const posts = Array.from({ length: 10 }, (_, i) => q.through(fourth).post(`${i}`))
  await Promise.all([fourth.stop(), ...posts])
  const taken = await waiting
  expect((await q.size()).size).toBe(10)
  expect(await q.bodies()).toHaveLength(10 - taken.length)
})
