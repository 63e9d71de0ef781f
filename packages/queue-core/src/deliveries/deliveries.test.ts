import { until } from '@weldmq/testing'
import { describe, expect, test } from 'vitest'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import type { AQueue } from '../../test/a-queue.ts'
import type { ClaimedDelivery } from '../index.ts'

const a = await aCore()
const { core } = a

/** The error messages of a project so far. */
async function errorsOf(q: AQueue, queue = 'errors') {
  const taken = await core.reserveMessages({ project: q.on.project, queue, count: 100, delete: true })
  return taken.ok ? taken.value.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>) : []
}

describe('multicast', () => {
  test('M1 M3 every subscriber gets it, then it leaves the queue', async () => {
    const q = await aPushQueue(a, ['a', 'b', 'c'])
    const id = await q.postOne('work')
    expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
    expect(await q.deliver()).toEqual(['a', 'b', 'c'])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    expect(await q.statuses(id)).toMatchObject([
      { subscriber: 'a', state: 'delivered', statusCode: 200, tries: 1, retriesRemaining: 2 },
      { subscriber: 'b', state: 'delivered' },
      { subscriber: 'c', state: 'delivered' },
    ])
  })

  test('M2 R2 only who failed is tried again, after the delay', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { retries: 1, retriesDelaySeconds: 100 })
    const id = await q.postOne('work')
    expect(await q.deliver(({ subscriber }) => (subscriber.name === 'a' ? 503 : 200))).toEqual(['a', 'b'])
    expect(await q.statuses(id)).toMatchObject([
      { subscriber: 'a', state: 'retrying', statusCode: 503, tries: 1, retriesRemaining: 0 },
      { subscriber: 'b', state: 'delivered' },
    ])
    await q.passUnnoticed(50)
    expect(await q.deliver()).toEqual([])
    await q.passUnnoticed(51)
    expect(await q.deliver()).toEqual(['a'])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('R1 R5 tries are retries and one; each has a reservation of its own, and the same ids', async () => {
    const q = await aPushQueue(a, ['a'], { retries: 2, retriesDelaySeconds: 3 })
    const id = await q.postOne('work')
    const seen: { reservationId: string; deliveryId: string; messageId: number }[] = []
    for (let i = 0; i < 5; i++) {
      await q.deliver((delivery) => {
        seen.push(delivery)
        return { statusCode: 500, failure: `failure ${seen.length}` }
      })
      await q.passUnnoticed(4)
    }
    expect(seen).toHaveLength(3)
    expect(new Set(seen.map(({ reservationId }) => reservationId)).size).toBe(3)
    expect(new Set(seen.map(({ deliveryId }) => deliveryId)).size).toBe(1)
    expect(seen.map(({ messageId }) => messageId)).toEqual([id, id, id])
    expect(await q.statuses(id)).toMatchObject([
      { state: 'failed', statusCode: 500, tries: 3, retriesRemaining: 0, failure: 'failure 3' },
    ])
    // E8: without an error queue it is dropped.
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('an attempt under way shows as reserved (contract v2, section 5)', async () => {
    const q = await aPushQueue(a, ['a'])
    const id = await q.postOne('work')
    expect(await q.statuses(id)).toMatchObject([{ state: 'queued', tries: 0 }])
    await q.claim()
    expect(await q.statuses(id)).toMatchObject([{ state: 'reserved', statusCode: 0, tries: 0 }])
    await q.passUnnoticed(26)
    expect(await q.statuses(id)).toMatchObject([{ state: 'queued' }])
  })

  test('M4 who comes later does not get older messages, who was removed is not tried any more', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { retriesDelaySeconds: 60 })
    const first = await q.postOne('first')
    const subscribers = [{ name: 'c', url: 'http://example.com/c' }]
    valueOf(await core.addSubscribers({ ...q.on, subscribers, onlyPush: true }))
    const second = await q.postOne('second')
    const asked: string[] = []
    await q.deliver(({ subscriber, messageId }) => {
      asked.push(`${subscriber.name} ${messageId === first ? 'first' : 'second'}`)
      return subscriber.name === 'b' ? 500 : 200
    })
    expect(asked.sort()).toEqual(['a first', 'a second', 'b first', 'b second', 'c second'])

    valueOf(await core.removeSubscribers({ ...q.on, names: ['b'], onlyPush: true }))
    await q.passUnnoticed(61)
    expect(await q.deliver()).toEqual([])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
    expect((await q.statuses(second)).map(({ subscriber, state }) => [subscriber, state])).toEqual([
      ['a', 'delivered'],
      ['b', 'failed'],
      ['c', 'delivered'],
    ])
  })

  test('who is replaced under the same name keeps what it is owed, at its new address', async () => {
    const q = await aPushQueue(a, ['a'])
    await q.postOne('work')
    const subscribers = [{ name: 'a', url: 'http://other.example/' }]
    valueOf(await core.addSubscribers({ ...q.on, subscribers }))
    expect((await q.claim()).map(({ subscriber }) => subscriber.url)).toEqual(['http://other.example/'])
  })

  test('a message that nobody is there for leaves at once', async () => {
    const q = await aPushQueue(a, ['a'])
    valueOf(await core.changePush({ ...q.on, settings: { subscribers: [] }, onlyPush: true }))
    await q.postOne('work')
    expect(await q.deliver()).toEqual([])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    valueOf(await core.addSubscribers({ ...q.on, subscribers: [{ name: 'b', url: 'http://example.com/b' }] }))
    expect(await q.deliver()).toEqual([])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('bodies are what was posted, byte for byte, and push headers come along', async () => {
    const q = await aPushQueue(a, ['a'])
    const body = Buffer.from([0, 255, 10, 13, 128])
    valueOf(await core.postMessages({ ...q.on, messages: [{ body, pushHeaders: { 'X-One': '1' } }] }))
    expect(await q.claim()).toMatchObject([{ body, pushHeaders: { 'X-One': '1' }, door: 'v3', answerSeconds: 10 }])
  })
})

describe('unicast', () => {
  test('C1 C2 one takes it; when one fails the next is asked at once, and all failing ends the round', async () => {
    const q = await aPushQueue(a, ['a', 'b', 'c'], { type: 'unicast', retries: 1, retriesDelaySeconds: 100 })
    const id = await q.postOne('work')
    expect(await q.deliver(() => 500)).toEqual(['a', 'b', 'c'])
    expect(await q.statuses(id)).toMatchObject([{ state: 'retrying', tries: 1, retriesRemaining: 0 }])
    await q.passUnnoticed(101)
    expect(await q.deliver(({ subscriber }) => (subscriber.name === 'b' ? 200 : 500))).toContain('b')
    const [status] = await q.statuses(id)
    expect(status).toMatchObject({ state: 'delivered', subscriber: 'b', statusCode: 200 })
    expect(status!.tried!.find(({ subscriber }) => subscriber === 'b')).toMatchObject({ statusCode: 200, tries: 2 })
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
  })

  test('C1 one good answer is enough', async () => {
    const q = await aPushQueue(a, ['a', 'b', 'c'], { type: 'unicast' })
    await q.post('one', 'two', 'three', 'four')
    expect(await q.deliver()).toHaveLength(4)
  })

  test('C3 the load is spread', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast' })
    await q.post(...Array.from({ length: 60 }, String))
    expect(new Set(await q.deliver())).toEqual(new Set(['a', 'b']))
  })

  test('C4 C5 who accepts it has it; when that is not acknowledged the round is over', async () => {
    const q = await aPushQueue(a, ['a', 'b'], {
      type: 'unicast',
      retries: 1,
      retriesDelaySeconds: 100,
      errorQueue: 'errors',
    })
    const id = await q.postOne('work')
    expect(await q.deliver(() => 202)).toHaveLength(1)
    await q.passUnnoticed(101)
    expect(await q.deliver(() => 202)).toHaveLength(1)
    await q.passUnnoticed(101)
    expect(await q.deliver(() => 202)).toEqual([])
    expect(await q.statuses(id)).toMatchObject([{ state: 'failed', statusCode: 202, tries: 2 }])
    expect(await errorsOf(q)).toHaveLength(1)
  })

  test('E3 all failed: one error message that names them all', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast', retries: 0, errorQueue: 'errors' })
    const id = await q.postOne('work')
    await q.deliver(({ subscriber }) => ({ statusCode: 404, failure: `no ${subscriber.name}` }))
    const [error] = await errorsOf(q)
    expect(error).toMatchObject({ source_msg_id: '1' + String(id).padStart(18, '0'), body: 'work', code: 404 })
    const named = (error!['subscribers'] as { name: string; code: number; msg: string }[]).toSorted((x, y) =>
      x.name < y.name ? -1 : 1,
    )
    expect(named).toEqual([
      { name: 'a', url: 'http://example.com/a', code: 404, msg: 'no a' },
      { name: 'b', url: 'http://example.com/b', code: 404, msg: 'no b' },
    ])
  })

  test('who has no room is not chosen', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { type: 'unicast' })
    await q.post(...Array.from({ length: 10 }, String))
    const [queue] = (await core.pushing.due()).filter(({ project }) => project === q.on.project)
    const [first] = queue!.receivers
    const claims = await core.pushing.claim(queue!, new Map([[first!.id, 3]]))
    expect(claims.map(({ subscriber }) => subscriber.id)).toEqual([first!.id, first!.id, first!.id])
  })
})

describe('acknowledging', () => {
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
    expect(await errorsOf(q)).toMatchObject([{ subscribers: [{ name: 'a', code: 202 }] }])
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
})

describe('error queue', () => {
  test('E1 E2 E3 E6 one message for each subscriber that failed; the queue is made by the first', async () => {
    const q = await aPushQueue(a, ['a', 'b', 'c'], { retries: 0, errorQueue: 'errors' })
    const names = () => core.listQueues({ project: q.on.project })
    expect(await names()).toEqual([q.on.queue])
    const subscriberHeaders = { 'X-Sub': 's' }
    const subscribers = [{ name: 'a', url: 'http://example.com/a', headers: subscriberHeaders }]
    valueOf(await core.addSubscribers({ ...q.on, subscribers }))
    const id = await q.postOne('work', { pushHeaders: { 'X-Push': 'p' } })
    await q.deliver(({ subscriber }) =>
      subscriber.name === 'c'
        ? 200
        : { statusCode: subscriber.name === 'a' ? 404 : 0, failure: `of ${subscriber.name}` },
    )
    expect(await names()).toEqual(['errors', q.on.queue])
    expect(await q.find(id)).toMatchObject({ value: { status: 'done', body: Buffer.from('work') } })
    const errors = await errorsOf(q)
    expect(errors.toSorted((x, y) => Number(y['code']) - Number(x['code']))).toEqual([
      {
        source_msg_id: '1' + String(id).padStart(18, '0'),
        body: 'work',
        headers: { 'X-Sub': 's', 'X-Push': 'p' },
        subscribers: [{ name: 'a', url: 'http://example.com/a', code: 404, msg: 'of a' }],
        code: 404,
        msg: 'of a',
      },
      expect.objectContaining({ code: 0, msg: 'of b' }),
    ])
  })

  test('E7 it may be a push queue', async () => {
    const q = await aPushQueue(a, ['a'], { retries: 0, errorQueue: 'errors' })
    const errors = q.beside('errors')
    valueOf(
      await core.putQueue({ ...errors.on, settings: { push: { subscribers: [{ name: 'e', url: 'http://e/' }] } } }),
    )
    await q.postOne('work')
    await q.deliver(() => 500)
    expect(await errors.size()).toEqual({ size: 1, totalMessages: 1 })
    expect(await errors.bodies()).toEqual([])
  })
})

describe('claims', () => {
  test('a claim that is not recorded in time is claimed again, and counts as no try (I17)', async () => {
    const q = await aPushQueue(a, ['a'], { retries: 0 })
    const id = await q.postOne('work')
    const [lost] = await q.claim()
    expect(await q.claim()).toEqual([])
    await q.passUnnoticed(26)
    expect(await q.deliver()).toEqual(['a'])
    // What the one who was thought dead says now changes nothing.
    await core.pushing.record([{ delivery: lost!, attempt: { statusCode: 500 } }])
    expect(await q.statuses(id)).toMatchObject([{ state: 'delivered', tries: 1 }])
  })

  test('two who claim at the same time never get the same', async () => {
    const q = await aPushQueue(a, ['a', 'b'])
    const other = await a.another()
    await q.post(...Array.from({ length: 200 }, String))
    const claims = (await Promise.all([core, other, core, other].map((one) => q.claim({ core: one, room: 30 })))).flat()
    const keys = claims.map(({ messageId, subscriber }) => `${messageId} ${subscriber.name}`)
    expect(new Set(keys).size).toBe(keys.length)
    await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
    await Promise.all([q.deliver(() => 200, other), q.deliver()])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 200 })
  })

  test('those who record the last deliveries of the same messages at the same time end them', async () => {
    const q = await aPushQueue(a, ['a', 'b'])
    const other = await a.another()
    for (let round = 0; round < 10; round++) {
      await q.post('one', 'two', 'three')
      const claims = await q.claim()
      const mine = claims.filter(({ subscriber }) => subscriber.name === 'a')
      const theirs = claims.filter(({ subscriber }) => subscriber.name === 'b').reverse()
      const record = (using: typeof core, some: typeof claims) =>
        using.pushing.record(some.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
      await Promise.all([record(core, mine), record(other, theirs)])
      expect((await q.size()).size).toBe(0)
    }
  })

  test('no more bytes of bodies are claimed than there is room for, and the last one', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { retriesDelaySeconds: 3 })
    const body = 'x'.repeat(1000)
    await q.post(...Array.from({ length: 10 }, () => body))
    const namesOf = (claims: ClaimedDelivery[]) => claims.map(({ subscriber }) => subscriber.name).sort()
    const record = (claims: ClaimedDelivery[], statusCode: number) =>
      core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode } })))
    // Fresh ones: the deliveries of a message share its body.
    const fresh = await q.claim({ bytes: 2500 })
    expect(namesOf(fresh)).toEqual(['a', 'a', 'a', 'b', 'b', 'b'])
    await record(fresh, 500)
    await q.passUnnoticed(4)
    // Those that wait each have their own; no subscriber is left out.
    expect(namesOf(await q.claim({ bytes: 3001 }))).toEqual(['a', 'a', 'b', 'b'])
    expect(await q.claim({ bytes: 1 })).toHaveLength(1)
    expect(await q.claim({ bytes: 0 })).toEqual([])
    expect(await q.claim({ bytes: 1001 })).toHaveLength(3)
    await q.passUnnoticed(26)
    expect(await q.deliver()).toHaveLength(20)
    expect(await q.size()).toEqual({ size: 0, totalMessages: 10 })
  })

  test('Q5 a delay is waited for; Q4 nobody can reserve or peek', async () => {
    const q = await aPushQueue(a, ['a'])
    await q.postOne('work', { delaySeconds: 30 })
    expect(await q.deliver()).toEqual([])
    expect(await q.bodies()).toEqual([])
    expect(await q.peek()).toEqual([])
    await q.pass(31)
    expect(await q.bodies()).toEqual([])
    expect(await q.deliver()).toEqual(['a'])
  })

  test('Q6 what expires is not tried any more, and no error message is written', async () => {
    const q = await aPushQueue(a, ['a'], { retries: 3, retriesDelaySeconds: 60, errorQueue: 'errors' })
    const id = await q.postOne('work', { expirationSeconds: 30 })
    await q.deliver(() => 500)
    await q.pass(61)
    expect(await q.deliver()).toEqual([])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    expect(await q.statuses(id)).toMatchObject([{ state: 'failed' }])
    expect(await core.listQueues({ project: q.on.project })).toEqual([q.on.queue])
  })

  test.each(['cleared', 'expired', 'deleted with its queue'])(
    'Q6 Q7 what is %s while the last attempt is under way is not reported',
    async (how) => {
      const q = await aPushQueue(a, ['a'], { retries: 0, errorQueue: 'errors' })
      await q.postOne('work', { expirationSeconds: 30 })
      const claims = await q.claim()
      if (how === 'cleared') valueOf(await q.clear())
      else if (how === 'expired') await q.passUnnoticed(31)
      else valueOf(await core.deleteQueue(q.on))
      await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
      expect(await core.listQueues({ project: q.on.project })).not.toContain('errors')
    },
  )

  test('Q7 Q9 clear, delete and the end of the queue stop what is pending', async () => {
    const q = await aPushQueue(a, ['a'], { retriesDelaySeconds: 3 })
    await q.postOne('one')
    await q.deliver(() => 500)
    valueOf(await q.clear())
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    const id = await q.postOne('two')
    expect(await q.deleteFree(id)).toEqual(done)
    await q.passUnnoticed(4)
    expect(await q.deliver()).toEqual([])
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
    await q.postOne('three')
    valueOf(await core.deleteQueue(q.on))
    expect((await core.pushing.due()).filter(({ project }) => project === q.on.project)).toEqual([])
  })

  test('a done message is deleted without being counted twice, also by clear', async () => {
    const q = await aPushQueue(a, ['a'])
    const [id] = await q.post('one', 'two')
    await q.deliver()
    expect(await core.deleteMessageById({ ...q.on, messageId: id! })).toEqual(done)
    valueOf(await q.clear())
    expect(await q.size()).toEqual({ size: 0, totalMessages: 2 })
    expect(await q.find(id!)).toEqual(refused('message_not_found'))
  })

  test('a done message can be read for a while (contract v3 M5)', async () => {
    const q = await aPushQueue(a, ['a'])
    const id = await q.postOne('work')
    await q.deliver()
    expect(await q.find(id)).toMatchObject({ value: { status: 'done', body: Buffer.from('work') } })
    await q.pass(601)
    expect(await q.find(id)).toEqual(refused('message_not_found'))
    expect(await q.size()).toEqual({ size: 0, totalMessages: 1 })
    // S3: the statuses stay for a day.
    expect(await q.statuses(id)).toMatchObject([{ state: 'delivered' }])
  })
})

describe('types', () => {
  test('U7 U9 a push queue that becomes a pull queue keeps its messages, and the other way round', async () => {
    const q = await aPushQueue(a, ['a'], { retriesDelaySeconds: 3 })
    await q.post('begun')
    await q.deliver(() => 500)
    await q.post('owed')
    valueOf(await core.changePush({ ...q.on, settings: { type: 'pull' } }))
    await q.passUnnoticed(4)
    await core.pushing.due()
    expect((await q.bodies()).sort()).toEqual(['begun', 'owed'])
    expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })

    // One of the two has not had it when the queue becomes a pull queue, although the attempt at the other goes well.
    const both = await aPushQueue(a, ['a', 'b'], { retriesDelaySeconds: 3 })
    await both.postOne('half')
    const claims = await both.claim()
    const [mine, others] = [claims.filter((_, i) => i === 0), claims.filter((_, i) => i > 0)]
    await core.pushing.record(others.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
    await both.passUnnoticed(4)
    valueOf(await core.changePush({ ...both.on, settings: { type: 'pull' } }))
    await core.pushing.due()
    await core.pushing.record(mine.map((delivery) => ({ delivery, attempt: { statusCode: 200 } })))
    expect(await both.bodies()).toEqual(['half'])
    expect(await both.size()).toEqual({ size: 1, totalMessages: 1 })

    const other = q.beside('other')
    await other.post('older')
    const subscribers = [{ url: 'http://example.com/' }]
    valueOf(await core.changePush({ ...other.on, settings: { subscribers } }))
    await other.post('newer')
    expect(await other.bodies()).toEqual(['older'])
  })

  test.each(['multicast', 'unicast'] as const)(
    'U7 U9 nothing is lost of a %s queue that is a pull queue for a moment: what was owed can be got, what is new is pushed',
    async (type) => {
      const q = await aPushQueue(a, ['a'], { type, retriesDelaySeconds: 3 })
      const [failed, accepted, tried] = await q.post('failed', 'accepted', 'tried')
      const claims = await q.claim()
      const attempt = (id: number | undefined, statusCode: number) =>
        core.pushing.record(
          claims.filter(({ messageId }) => messageId === id).map((delivery) => ({ delivery, attempt: { statusCode } })),
        )
      await attempt(failed, 500)
      await attempt(accepted, 202)
      await q.post('owed')
      await q.postOne('delayed', { delaySeconds: 40 })
      const subscribers = [{ name: 'b', url: 'http://example.com/b' }]
      valueOf(await core.changePush({ ...q.on, settings: { type: 'pull' } }))
      await q.post('pulled')
      valueOf(await core.changePush({ ...q.on, settings: { type, subscribers } }))
      await attempt(tried, 500)
      await q.postOne('new')

      expect(await q.deliver()).toEqual(['b'])
      expect((await q.peek()).sort()).toEqual(['owed', 'pulled'])
      await q.passUnnoticed(4)
      expect(await q.deliver()).toEqual([])
      expect((await q.bodies()).sort()).toEqual(['accepted', 'failed', 'owed', 'pulled', 'tried'])
      await q.pass(40)
      expect(await q.deliver()).toEqual([])
      expect(await q.bodies()).toContain('delayed')
      expect(await q.statuses(failed!)).toEqual([])
      expect(await q.size()).toEqual({ size: 6, totalMessages: 7 })
    },
  )

  test('a look does not go on with such queues for long: the next ones make the rest of them pull queues', async () => {
    const count = 30_000
    const queues = [await aPushQueue(a, ['a']), await aPushQueue(a, ['a'])]
    for (const q of queues) {
      for (let i = 0; i < count; i += 10_000) await q.post(...Array.from({ length: 10_000 }, () => 'x'))
      valueOf(await core.changePush({ ...q.on, settings: { type: 'pull' } }))
    }
    const owed = async () => {
      const ids = await Promise.all(queues.map((q) => q.queueId()))
      const rows = await a.sql`
        select (select count(*)::int from weldmq.messages where queue_id = one and state = 4) as n
          from unnest(${ids}::bigint[]) as one`
      return rows.map((row) => Number(row['n']))
    }
    await core.pushing.due()
    // One of them came first, and not to its end.
    const left = await owed()
    expect(Math.max(...left)).toBe(count)
    expect(Math.min(...left)).toBeGreaterThan(0)
    await until(async () => {
      await core.pushing.due()
      return (await owed()).every((n) => n === 0)
    })
    for (const q of queues) expect(await q.size()).toEqual({ size: count, totalMessages: count })
  }, 60_000)
})

describe('manners', () => {
  test('there is never more claimed than there is room, where both types of deliveries wait', async () => {
    const q = await aPushQueue(a, ['a'], { type: 'unicast' })
    const waits = async (type: 'unicast' | 'multicast') => {
      valueOf(await core.changePush({ ...q.on, settings: { type } }))
      await q.post('one', 'two')
      const claims = await q.claim()
      await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
    }
    await waits('unicast')
    await waits('multicast')
    await q.passUnnoticed(61)
    expect(await q.claim({ room: 2 })).toHaveLength(2)
  })

  test('what is known about the failures of a subscriber leaves with it', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { retries: 5, retriesDelaySeconds: 3, pauseAfter: 1 })
    await q.postOne('work')
    await q.deliver(() => 500)
    valueOf(await core.removeSubscribers({ ...q.on, names: ['a'], onlyPush: true }))
    const queueId = await q.queueId()
    const known = async () => (await a.sql`select 1 from weldmq.subscriber_health where queue_id = ${queueId}`).length
    expect(await known()).toBe(1)
    valueOf(await core.changePush({ ...q.on, settings: { pauseAfter: 0 } }))
    expect(await known()).toBe(0)
  })

  test('a wish not to be tried again before is honoured, up to a day', async () => {
    const q = await aPushQueue(a, ['a'], { retriesDelaySeconds: 3 })
    await q.postOne('work')
    await q.deliver(() => ({ statusCode: 503, retryAfterSeconds: 100 }))
    await q.passUnnoticed(50)
    expect(await q.deliver()).toEqual([])
    await q.passUnnoticed(51)
    expect(await q.deliver(() => ({ statusCode: 503, retryAfterSeconds: 10 ** 9 }))).toEqual(['a'])
    await q.passUnnoticed(86_401)
    expect(await q.deliver()).toEqual(['a'])
  })

  test('who keeps failing is left alone, probed by one delivery, and delivered to once it answers', async () => {
    const q = await aPushQueue(a, ['a', 'b'], { retries: 100, retriesDelaySeconds: 3, pauseAfter: 2 })
    const answer = ({ subscriber }: { subscriber: { name: string } }) => (subscriber.name === 'a' ? 500 : 200)
    await q.post('one', 'two', 'three')
    await q.deliver(answer)
    const shown = async () => valueOf(await core.findQueue(q.on)).push!.subscribers
    expect(await shown()).toMatchObject([
      { name: 'a', failing: { failures: 3, pausedUntil: expect.any(Date) } },
      { name: 'b' },
    ])
    await q.passUnnoticed(30)
    await q.post('four')
    expect(await q.deliver(answer)).toEqual(['b'])
    await q.passUnnoticed(31)
    // The pause is over: one finds out.
    expect(await q.claim({ room: 100 })).toHaveLength(1)
    await q.passUnnoticed(26)
    expect(await q.deliver(answer)).toEqual(['a'])
    // Twice as long now.
    await q.passUnnoticed(100)
    expect(await q.deliver(answer)).toEqual([])
    await q.passUnnoticed(21)
    expect(await q.deliver()).toEqual(['a', 'a', 'a', 'a'])
    expect((await shown())[0]).not.toHaveProperty('failing')
  })

  test('a unicast message is tried again by the others while one subscriber is paused', async () => {
    const settings = { type: 'unicast', retries: 5, retriesDelaySeconds: 30, pauseAfter: 2 } as const
    const q = await aPushQueue(a, ['a', 'b'], settings)
    await q.post('one', 'two')
    const due = (await core.pushing.due()).find(({ project }) => project === q.on.project)!
    const claims = await core.pushing.claim(due, new Map([[due.receivers[1]!.id, 2]]))
    await core.pushing.record(claims.map((delivery) => ({ delivery, attempt: { statusCode: 500 } })))
    expect(await q.deliver()).toEqual(['a', 'a'])

    const id = await q.postOne('three')
    expect(await q.deliver(() => 500)).toEqual(['a'])
    expect(await q.statuses(id)).toMatchObject([{ state: 'retrying', tries: 1 }])
    await q.passUnnoticed(31)
    expect(await q.deliver()).toEqual(['a'])
  })

  test('a paused subscriber can be resumed by hand', async () => {
    const q = await aPushQueue(a, ['a'], { retries: 5, retriesDelaySeconds: 3, pauseAfter: 1 })
    await q.postOne('work')
    await q.deliver(() => 500)
    await q.passUnnoticed(4)
    expect(await q.deliver()).toEqual([])
    expect(await core.resumeSubscriber({ ...q.on, name: 'b' })).toEqual(refused('subscriber_not_found'))
    expect(await core.resumeSubscriber({ ...q.on, name: 'a' })).toEqual(done)
    expect(await q.deliver()).toEqual(['a'])
  })

  test('a rate is kept by all who deliver together', async () => {
    const q = await aPushQueue(a, ['a'], { rate: 5 })
    const other = await a.another()
    await q.post(...Array.from({ length: 30 }, String))
    const began = performance.now()
    const claimed = [...(await q.claim()), ...(await q.claim({ core: other })), ...(await q.claim())]
    const seconds = (performance.now() - began) / 1000
    expect(claimed.length).toBeGreaterThanOrEqual(5)
    expect(claimed.length).toBeLessThanOrEqual(5 + Math.ceil(5 * seconds))
    await q.passUnnoticed(1)
    expect((await q.claim()).length).toBeGreaterThanOrEqual(5)
  })

  test('a rate below what is due leaves no subscriber behind', async () => {
    const q = await aPushQueue(a, ['a', 'b', 'c'], { rate: 2 })
    await q.post(...Array.from({ length: 60 }, String))
    const asked = new Set<string>()
    for (let i = 0; i < 20; i++) {
      for (const { subscriber } of await q.claim()) asked.add(subscriber.name)
      await q.passUnnoticed(1)
    }
    expect([...asked].sort()).toEqual(['a', 'b', 'c'])
  })

  test('a secret is shown once, signs with the one before for a day, and is kept by who is named again', async () => {
    const q = await aPushQueue(a, ['a'])
    const add = async (secret?: string) => {
      const subscribers = [{ name: 'a', url: 'http://example.com/', ...(secret !== undefined && { secret }) }]
      return valueOf(await core.addSubscribers({ ...q.on, subscribers })).secrets['a']
    }
    const first = await add('generate')
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(await add()).toBeUndefined()
    const second = await add('generate')
    await q.postOne('work')
    const [claim] = await q.claim()
    expect(claim!.subscriber.secrets).toEqual([second, first])
    expect(JSON.stringify(valueOf(await core.findQueue(q.on)))).not.toContain('whsec_')
    expect(valueOf(await core.findQueue(q.on)).push!.subscribers).toMatchObject([{ name: 'a', signed: true }])
    expect(await add('')).toBeUndefined()
    expect(valueOf(await core.findQueue(q.on)).push!.subscribers[0]).not.toHaveProperty('signed')
    const bad = [{ name: 'a', url: 'http://example.com/', secret: 'whsec_short' }]
    expect(await core.addSubscribers({ ...q.on, subscribers: bad })).toEqual(
      refused('invalid', { field: 'subscribers[0].secret' }),
    )
  })
})

test('who delivers is woken by a post through another gateway', async () => {
  const q = await aPushQueue(a, ['a'])
  const other = await a.another()
  const abort = new AbortController()
  let woken = false
  const waiting = other.pushing.wait(Infinity, abort.signal).then(() => (woken = true))
  // Until its word that it waits has come here, nothing is said; upkeep repeats it every second.
  await until(async () => {
    await q.postOne('work')
    return woken
  })
  await waiting
  expect(await q.deliver(() => 200, other)).toContain('a')
})
