import { expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'

const a = await aCore()
const { core } = a

test('K1 K7 with the reservation of the attempt and the name', async () => {
  const q = await aPushQueue(a, ['a'])
  const id = await q.postOne('work')
  const [claim] = await q.claim()
  await core.pushing.record([{ delivery: claim!, attempt: { statusCode: 202 } }])
  expect(await q.statuses(id)).toMatchObject([{ state: 'reserved', statusCode: 202, tries: 1 }])
  // Q9: it is held by the subscriber.
  expect(await q.deleteFree(id)).toEqual(refused('reservation_required'))
  expect(await q.acknowledge({ ...claim!, reservationId: 'f'.repeat(32) })).toEqual(refused('reservation_lapsed'))
  const other = { ...claim!.subscriber, name: 'other' }
  expect(await q.acknowledge({ ...claim!, subscriber: other })).toEqual(refused('reservation_lapsed'))
  expect(await q.acknowledge(claim!)).toEqual(done)
  expect(await q.statuses(id)).toMatchObject([{ state: 'delivered', statusCode: 200, tries: 1 }])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test('before the answer that accepts it has come, too', async () => {
  const q = await aPushQueue(a, ['a'])
  const id = await q.postOne('work')
  const [claim] = await q.claim()
  expect(await q.acknowledge(claim!)).toEqual(done)
  await core.pushing.record([{ delivery: claim!, attempt: { statusCode: 202 } }])
  expect(await q.statuses(id)).toMatchObject([{ state: 'delivered', statusCode: 200, tries: 1 }])
  expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
})

test('K3 several at once, as a batch delete', async () => {
  const q = await aPushQueue(a, ['a', 'b'])
  await q.post('one', 'two')
  const claims = await q.claim()
  await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 202 } })))
  const messages = claims.map(({ messageId, reservationId, subscriber }) => ({
    messageId,
    reservationId,
    subscriber: subscriber.name,
  }))
  expect(await core.deleteMessages({ ...q.on, messages })).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
})

test('K3 B6 B7 of several nothing is acknowledged when one is refused, and the answer names that one', async () => {
  const q = await aPushQueue(a, ['a', 'b'])
  const ids = await q.post('one', 'two')
  const claims = await q.claim()
  await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 202 } })))
  const all = claims.map(({ messageId, reservationId, subscriber }) => ({
    messageId,
    reservationId,
    subscriber: subscriber.name,
  }))
  const [first, last] = [all[0]!, all[3]!]
  const bad = [
    [{ ...last, reservationId: 'f'.repeat(32) }, 'reservation_lapsed'],
    [{ ...last, reservationId: 'no reservation' }, 'reservation_lapsed'],
    [{ ...last, subscriber: first.subscriber }, 'reservation_lapsed'],
    [{ ...last, subscriber: 'nobody' }, 'reservation_lapsed'],
    [{ messageId: last.messageId }, 'reservation_required'],
    [{ ...last, messageId: 1e9 }, 'message_not_found'],
  ] as const
  for (const [one, kind] of bad) {
    const messages = [...all.slice(0, 3), one]
    expect(await core.deleteMessages({ ...q.on, messages })).toEqual(refused(kind, { id: one.messageId }))
  }
  for (const id of ids) for (const { state } of await q.statuses(id)) expect(state).toBe('reserved')
  expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })

  const free = await q.postOne('three')
  expect(await core.deleteMessages({ ...q.on, messages: [...all, first, { messageId: free }] })).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 3 })
  expect(await q.statuses(ids[0]!)).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }])
})

test('K3 what only acknowledges deletes nothing else', async () => {
  const q = await aPushQueue(a, ['a'])
  await q.postOne('work')
  const [claim] = await q.claim()
  const free = await q.postOne('free')
  const held = { messageId: claim!.messageId, reservationId: claim!.reservationId, subscriber: 'a' }
  const acknowledge = (...messages: (typeof held)[]) => core.acknowledgeAll({ ...q.on, messages })
  expect((await acknowledge(held, { ...held, messageId: free })).ok).toBe(false)
  expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
  expect(await acknowledge(held)).toEqual(done)
  const pull = q.beside('pull')
  const id = await pull.postOne('work')
  const { reservationId } = await pull.reserveOne()
  const messages = [{ messageId: id, reservationId, subscriber: 'a' }]
  expect((await core.acknowledgeAll({ ...pull.on, messages })).ok).toBe(false)
  expect(await pull.size()).toEqual({ size: 1, totalMessages: 1 })
  // On a pull queue the name says nothing.
  expect(await core.deleteMessages({ ...pull.on, messages })).toEqual(done)
})

test('K1 of a unicast queue by the name of the one that has accepted it, and of no other', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast' })
  await q.post('one', 'two')
  const claims = await q.claim()
  await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 202 } })))
  for (const claim of claims) {
    const name = claim.subscriber.name === 'a' ? 'b' : 'a'
    const other = { ...claim, subscriber: { ...claim.subscriber, name } }
    expect(await q.acknowledge(other)).toEqual(refused('reservation_lapsed'))
  }
  expect(await q.acknowledge(claims[0]!)).toEqual(done)
  const { messageId, reservationId, subscriber } = claims[1]!
  const messages = [{ messageId, reservationId, subscriber: subscriber.name }]
  expect(await core.deleteMessages({ ...q.on, messages })).toEqual(done)
  expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
})

test('of a unicast queue before the answer that accepts it has come: the status names who has done it', async () => {
  const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast', retriesDelaySeconds: 3 })
  const id = await q.postOne('work')
  const due = (await core.pushing.due()).find(({ project }) => project === q.on.project)!
  const [, second] = due.receivers
  const [claim] = await core.pushing.claim(due, new Map([[second!.id, 1]]))
  expect(await q.acknowledge(claim!)).toEqual(done)
  expect(await q.statuses(id)).toMatchObject([
    { subscriber: 'b', state: 'delivered', statusCode: 200, tries: 1, tried: [{ subscriber: 'b', statusCode: 200 }] },
  ])
})

test('K4 K5 by the id of the delivery, again when it is done', async () => {
  const q = await aPushQueue(a, ['a'])
  const id = await q.postOne('work')
  const [claim] = await q.claim()
  await core.pushing.record([{ delivery: claim!, attempt: { statusCode: 202 } }])
  const by = (deliveryId: string) => core.acknowledge({ ...q.on, messageId: id, deliveryId })
  expect(await by('1' + '0'.repeat(18))).toEqual(refused('message_not_found'))
  expect((await q.statuses(id))[0]!.id).toBe(claim!.deliveryId)
  expect(await by(claim!.deliveryId)).toEqual(done)
  expect(await by(claim!.deliveryId)).toEqual(done)
  expect(await q.statuses(id)).toMatchObject([{ state: 'delivered', statusCode: 200 }])
})

test('K6 E4 R3 too late: it is tried again at once, and given up after the last', async () => {
  const q = await aPushQueue(a, ['a'], { retries: 1, retriesDelaySeconds: 100, errorQueue: 'errors' })
  const id = await q.postOne('work')
  const claims: Awaited<ReturnType<typeof q.claim>> = []
  const accept = () => q.deliver((delivery) => (claims.push(delivery), 202))
  await accept()
  await q.passUnnoticed(101)
  expect(await q.acknowledge(claims[0]!)).toEqual(refused('reservation_lapsed'))
  await accept()
  expect(claims).toHaveLength(2)
  await q.passUnnoticed(101)
  await accept()
  expect(claims).toHaveLength(2)
  expect(await q.statuses(id)).toMatchObject([{ state: 'failed', statusCode: 202, tries: 2 }])
  expect(await q.errors()).toMatchObject([{ subscribers: [{ name: 'a', code: 202 }] }])
})

test('K8 a queue made through v2 waits as long as the message says', async () => {
  const q = await aPushQueue(a, ['a'])
  const v2 = q.beside('v2')
  const subscribers = [{ url: 'http://example.com/' }]
  valueOf(await core.changePush({ ...v2.on, settings: { subscribers, retriesDelaySeconds: 60 } }))
  const id = await v2.postOne('work', { timeoutSeconds: 2 })
  const claim = async () => {
    const due = await core.pushing.due()
    const here = due.find(({ project, queue }) => project === v2.on.project && queue === 'v2')
    return here ? core.pushing.claim(here, new Map([[here.receivers[0]!.id, 1]])) : []
  }
  const [delivery] = await claim()
  expect(delivery).toMatchObject({ messageId: id, door: 'v2', answerSeconds: 60 })
  await core.pushing.record([{ delivery: delivery!, attempt: { statusCode: 202 } }])
  await v2.passUnnoticed(3)
  expect(await claim()).toHaveLength(1)
})

test('K10 a touch trades the reservation and gives another term', async () => {
  const q = await aPushQueue(a, ['a'], { retriesDelaySeconds: 10 })
  await q.postOne('work')
  const [claim] = await q.claim()
  await core.pushing.record([{ delivery: claim!, attempt: { statusCode: 202 } }])
  const held = { id: claim!.messageId, reservationId: claim!.reservationId }
  const touched = valueOf(await q.touch(held, { timeoutSeconds: 60 }))
  await q.passUnnoticed(30)
  expect(await q.acknowledge(claim!)).toEqual(refused('reservation_lapsed'))
  expect(await q.acknowledge({ ...claim!, reservationId: touched.reservationId })).toEqual(done)
})
