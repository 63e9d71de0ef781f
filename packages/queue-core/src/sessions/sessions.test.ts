import { afterAll, describe, expect, test } from 'vitest'
import { letPass, until } from '@weldmq/testing'
import { aCore, done, refused, valueOf } from '../../test/a-core.ts'
import type { Core, Session } from '../index.ts'

const a = await aCore()
const other = await a.another()

let made = 0

async function aProject() {
  return valueOf(await a.core.createProject({ name: `sessions ${++made}` })).id
}

/** A session with a queue of its own that it uses and watches. */
async function aSession(more: { project?: string; queue?: string; core?: Core } = {}) {
  const { project = await aProject(), queue = 'work', core = a.core } = more
  const session = core.openSession({ project })
  afterAll(() => session.close())
  valueOf(await session.use(queue))
  valueOf(await session.watch(queue))
  valueOf(await session.ignore('default'))
  const on = { project, queue }
  return {
    ...on,
    on,
    session,
    post: async (...bodies: string[]) => valueOf(await session.post(bodies.map((body) => aMessage(body)))),
    /** The body of the next message, or why there is none. */
    take: (waitSeconds = 0) => takeFrom(session, waitSeconds),
    pass: (seconds: number) => letPass(a.sql, on, seconds),
  }
}

const aMessage = (body: string, more = {}) => ({
  body: Buffer.from(body),
  priority: 100,
  delaySeconds: 0,
  timeoutSeconds: 60,
  ...more,
})

async function takeFrom(session: Session, waitSeconds = 0): Promise<string> {
  const taken = await session.reserve({ waitSeconds })
  return taken.kind === 'reserved' ? taken.message.body.toString() : taken.kind
}

async function stateOf(session: Session, id: number) {
  return valueOf(await session.describeMessage(id))
}

describe('reserving', () => {
  test('7.2 by priority, then by id, over all watched queues', async () => {
    const { session, on, take } = await aSession()
    const [one] = valueOf(await session.post([aMessage('1', { priority: 5 })]))
    valueOf(await session.use('second'))
    valueOf(await session.watch('second'))
    valueOf(await session.post([aMessage('2', { priority: 5 }), aMessage('0', { priority: 4 })]))
    valueOf(await session.use(on.queue))
    valueOf(await session.post([aMessage('3', { priority: 5 })]))
    expect([await take(), await take(), await take(), await take(), await take()]).toEqual([
      '0',
      '1',
      '2',
      '3',
      'timed_out',
    ])
    valueOf(await session.release({ messageId: one!, priority: 5, delaySeconds: 0 }))
    expect(await take()).toBe('1')
  })

  test('waits for a message of any watched queue, posted through another gateway', async () => {
    const { project, session, take } = await aSession()
    valueOf(await session.watch('second'))
    const waiting = take(30)
    const there = await aSession({ project, queue: 'second', core: other })
    await there.post('work')
    expect(await waiting).toBe('work')
  })

  test('many waiting sessions get one message each', async () => {
    const { project, post } = await aSession()
    const sessions = await Promise.all(Array.from({ length: 10 }, () => aSession({ project })))
    const taking = sessions.map(({ take }) => take(30))
    await post(...Array.from({ length: 10 }, (_, i) => `${i}`))
    expect((await Promise.all(taking)).toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`))
  })

  test('a message posted over the other door is reserved with the timeout of its queue', async () => {
    const { on, session } = await aSession()
    valueOf(await a.core.putQueue({ ...on, settings: { messageTimeoutSeconds: 77 } }))
    const [id] = valueOf(await a.core.postMessages({ ...on, messages: [{ body: Buffer.from('work') }] }))
    expect(await takeFrom(session)).toBe('work')
    const state = await stateOf(session, id!)
    expect(state).toMatchObject({ state: 'reserved', priority: 65_536, timeoutSeconds: 77, reserves: 1 })
    expect(state.secondsLeft).toBeGreaterThanOrEqual(40)
  })

  test('a dead letter is moved, and the next message comes', async () => {
    const { on, session, post, take } = await aSession()
    const settings = { deadLetter: { queueName: 'dead', maxReservations: 1 } }
    valueOf(await a.core.putQueue({ ...on, settings }))
    const [one] = await post('1', '2')
    await take()
    valueOf(await session.release({ messageId: one!, priority: 1, delaySeconds: 0 }))
    expect(await take()).toBe('2')
    expect(valueOf(await a.core.peekMessages({ ...on, queue: 'dead', count: 1 }))).toMatchObject([{ id: one }])
  })
})

describe('8.1 the last second of a reservation', () => {
  test('with a timeout of 1 is all of it, and counts only while nothing is ready', async () => {
    const inTime = async () => {
      const { session, post, take } = await aSession()
      valueOf(await session.post([aMessage('short', { timeoutSeconds: 1 })]))
      await post('other')
      return [await take(), await take(), await take(10)]
    }
    await expect.poll(inTime).toEqual(['short', 'other', 'deadline_soon'])
  })

  test('ends a wait', async () => {
    const inTime = async () => {
      const { session, take } = await aSession()
      valueOf(await session.post([aMessage('short', { timeoutSeconds: 2 })]))
      return [await take(), await take(30)]
    }
    await expect.poll(inTime).toEqual(['short', 'deadline_soon'])
  })
})

describe('ending a reservation', () => {
  test('5.3 only the session that holds it may', async () => {
    const { project, post, take } = await aSession()
    const [id] = await post('work')
    await take()
    const { session } = await aSession({ project })
    const messageId = id!
    for (const attempt of [
      session.release({ messageId, priority: 1, delaySeconds: 0 }),
      session.bury({ messageId, priority: 1 }),
      session.touch(messageId),
    ]) {
      expect(await attempt).toEqual(refused('message_not_found'))
    }
    expect((await session.delete(messageId)).ok).toBe(false)
    expect((await session.reserveMessage(messageId)).ok).toBe(false)
  })

  test('5.3 what nobody holds may be deleted by anyone', async () => {
    const { project, post } = await aSession()
    const [id] = await post('work')
    const { session } = await aSession({ project, queue: 'elsewhere' })
    expect(await session.delete(id!)).toEqual(done)
    expect(await session.delete(id!)).toEqual(refused('message_not_found'))
  })

  test('5.3 after its time has run out only a delete still succeeds', async () => {
    const { session, post, take, pass } = await aSession()
    const [id] = await post('work')
    await take()
    await pass(61)
    expect(await session.touch(id!)).toEqual(refused('message_not_found'))
    expect(await stateOf(session, id!)).toMatchObject({ state: 'ready', timeouts: 1, releases: 0 })
    expect(await session.delete(id!)).toEqual(done)
  })

  test('touch lasts the timeout from now on and counts nothing', async () => {
    const { session, post, take, pass } = await aSession()
    const [id] = await post('work')
    await take()
    await pass(40)
    expect(await session.touch(id!)).toEqual(done)
    await pass(40)
    expect(await stateOf(session, id!)).toMatchObject({ state: 'reserved', reserves: 1 })
    expect(await session.delete(id!)).toEqual(done)
  })

  test('release sets priority and delay', async () => {
    const { session, post, take } = await aSession()
    const [id] = await post('work')
    await take()
    expect(await session.release({ messageId: id!, priority: 7, delaySeconds: 4_000_000_000 })).toEqual(done)
    expect(await stateOf(session, id!)).toMatchObject({
      state: 'delayed',
      priority: 7,
      delaySeconds: 4_000_000_000,
      releases: 1,
    })
    expect(valueOf(await session.peekNext('delayed')).id).toBe(id)
  })

  test('buried messages are kicked in the order of burying, whatever their priority', async () => {
    const { session, post, take } = await aSession()
    const ids = await post('1', '2', '3')
    for (const _ of ids) await take()
    const bury = [ids[1]!, ids[2]!, ids[0]!]
    for (const [i, messageId] of bury.entries()) await session.bury({ messageId, priority: 10 - i })
    expect(valueOf(await session.peekNext('buried')).id).toBe(bury[0])
    expect(valueOf(await session.kick(2))).toBe(2)
    expect(await stateOf(session, bury[0]!)).toMatchObject({ state: 'ready', kicks: 1, buries: 1, priority: 10 })
    expect(await stateOf(session, bury[2]!)).toMatchObject({ state: 'buried', kicks: 0 })
    expect([await take(), await take(), await take()]).toEqual(['3', '2', 'timed_out'])
  })

  test('kick takes delayed ones only when none is buried', async () => {
    const { session, post, take } = await aSession()
    await session.post([aMessage('delayed', { delaySeconds: 100 })])
    const [id] = await post('work')
    await take()
    await session.bury({ messageId: id!, priority: 1 })
    expect(valueOf(await session.kick(10))).toBe(1)
    expect(valueOf(await session.kick(10))).toBe(1)
    expect(valueOf(await session.kick(10))).toBe(0)
    expect([await take(), await take()]).toEqual(['work', 'delayed'])
  })

  test('one message is kicked or reserved by its id, whatever its queue', async () => {
    const { project, session } = await aSession()
    const [id] = valueOf(await session.post([aMessage('work', { delaySeconds: 100 })]))
    const elsewhere = await aSession({ project, queue: 'elsewhere' })
    expect(valueOf(await elsewhere.session.reserveMessage(id!)).body.toString()).toBe('work')
    expect(await elsewhere.session.kickMessage(id!)).toEqual(refused('message_not_found'))
    expect(await elsewhere.session.bury({ messageId: id!, priority: 5 })).toEqual(done)
    expect(await elsewhere.session.kickMessage(id!)).toEqual(done)
    expect(await stateOf(session, id!)).toMatchObject({ state: 'ready', kicks: 1, reserves: 1, delaySeconds: 100 })
  })
})

describe('9.1 the end of a session', () => {
  test('gives back what it holds, with nothing counted, and wakes who waits', async () => {
    const { project, session, post, take } = await aSession()
    const [id] = await post('work')
    await take()
    const there = await aSession({ project, core: other })
    const waiting = there.take(30)
    await session.close()
    expect(await waiting).toBe('work')
    expect(await stateOf(there.session, id!)).toMatchObject({ reserves: 2, releases: 0, timeouts: 0 })
  })

  test('ends its waits, and what was taken meanwhile goes back unseen', async () => {
    const { project, session, take } = await aSession()
    const waiting = take(30)
    await session.close()
    expect(await waiting).toBe('timed_out')
    const again = await aSession({ project })
    await again.post('work')
    expect(await again.take()).toBe('work')
  })

  test('9.5 of a whole gateway that is not heard of for 10 s returns its messages', async () => {
    const dying = await a.another()
    const { project, post, take } = await aSession({ core: dying })
    const [id] = await post('work')
    await take()
    const there = await aSession({ project })
    expect(await there.take()).toBe('timed_out')
    const waiting = there.take(30)
    // As if its process stood still: renewing finds that it was given up.
    await until(async () => {
      await a.sql`
        update weldmq.gateways set seen_at = now() - interval '11 s'
         where id = (select holder from weldmq.messages where id = ${id!} and reserved_count = 1)`
      const rows = await a.sql`select 1 from weldmq.messages where id = ${id!} and reserved_count = 2`
      return rows.length > 0
    })
    expect(await waiting).toBe('work')
  })
})

describe('8.3 a pause', () => {
  test('keeps messages from every reserve but one by id, until it ends', async () => {
    const { session, on, post, take } = await aSession()
    const [id] = await post('work')
    expect(await session.pause({ queue: on.queue, seconds: 100 })).toEqual(done)
    expect(await take()).toBe('timed_out')
    expect(valueOf(await a.core.reserveMessages({ ...on, count: 1 }))).toEqual([])
    expect(valueOf(await session.describeQueue(on.queue))).toMatchObject({ pauseSeconds: 100, pauses: 1, ready: 1 })
    expect(valueOf(await session.peekNext('ready')).id).toBe(id)
    const waiting = take(30)
    expect(await session.pause({ queue: on.queue, seconds: 0 })).toEqual(done)
    expect(await waiting).toBe('work')
    expect(valueOf(await session.describeQueue(on.queue))).toMatchObject({ pauseSeconds: 0, pauses: 2 })
  })

  test('ends by itself, for sessions of several queues too', async () => {
    const { session, on, post, take } = await aSession()
    await session.watch('second')
    await post('work')
    const began = performance.now()
    await session.pause({ queue: on.queue, seconds: 1 })
    expect(await take(30)).toBe('work')
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
  })

  test('of no queue is refused', async () => {
    const { session } = await aSession()
    expect(await session.pause({ queue: 'none', seconds: 5 })).toEqual(refused('queue_not_found'))
  })
})

describe('10 a queue that only sessions named', () => {
  test('is there while it is used or watched, and gone afterwards with its counters', async () => {
    const { project, session, on } = await aSession({ queue: 'mine' })
    await session.post([aMessage('work')])
    const { session: looking } = await aSession({ project, queue: 'looking', core: other })
    expect(await looking.queues()).toEqual(['default', 'looking', 'mine'])
    const taken = await session.reserve({ waitSeconds: 0 })
    expect(await session.delete(taken.kind === 'reserved' ? taken.message.id : 0)).toEqual(done)
    const seen = async () => valueOf(await looking.describeQueue(on.queue))
    await until(async () => (await seen()).watching === 1)
    expect(await seen()).toMatchObject({ posted: 1, deleted: 1, using: 1 })
    await session.watch('default')
    await session.ignore('mine')
    await session.use('default')
    expect(await looking.queues()).toEqual(['default', 'looking'])
    expect(await looking.describeQueue('mine')).toEqual(refused('queue_not_found'))
    await session.use('mine')
    expect(valueOf(await looking.describeQueue('mine'))).toMatchObject({ posted: 0, using: 1, watching: 0 })
  })

  test('stays while it holds a message', async () => {
    const { project, session, post } = await aSession()
    const [id] = await post('work')
    await session.close()
    const { session: later } = await aSession({ project, queue: 'later' })
    expect(await later.queues()).toEqual(['default', 'later', 'work'])
    await later.delete(id!)
    expect(await later.queues()).toEqual(['default', 'later'])
  })

  test('stays for good once it was configured', async () => {
    const { project, session, on } = await aSession()
    valueOf(await a.core.putQueue({ ...on, settings: {} }))
    await session.close()
    const { session: later } = await aSession({ project, queue: 'later' })
    expect(await later.queues()).toContain('work')
  })

  test('removed by somebody else, it lives on empty for those who use it', async () => {
    const { on, session, post, take } = await aSession()
    await post('old')
    valueOf(await a.core.deleteQueue(on))
    expect(await take()).toBe('timed_out')
    await post('new')
    expect(await take()).toBe('new')
    expect(await session.queues()).toContain('work')
  })

  test('is never dropped with a message that is just being posted', async () => {
    const project = await aProject()
    const ids = new Set<number>()
    await Promise.all(
      [a.core, other].map(async (core) => {
        for (let i = 0; i < 40; i++) {
          const session = core.openSession({ project })
          await session.use('busy')
          const posting = session.post([aMessage(`${i}`)])
          const leaving = session.use('default')
          for (const id of valueOf(await posting)) ids.add(id)
          await leaving
          // Takes and deletes some, so that the queue is empty now and then.
          await session.watch('busy')
          const taken = await session.reserve({ waitSeconds: 0 })
          if (taken.kind === 'reserved' && (await session.delete(taken.message.id)).ok) ids.delete(taken.message.id)
          await session.close()
        }
      }),
    )
    const { session } = await aSession({ project, queue: 'busy' })
    const left = new Set<number>()
    for (;;) {
      const taken = await session.reserve({ waitSeconds: 0 })
      if (taken.kind !== 'reserved') break
      left.add(taken.message.id)
    }
    expect(left).toEqual(ids)
  })
})

describe('gauges', () => {
  test('of a queue and of the project say how many messages are in which state', async () => {
    const { session, on, post, take } = await aSession()
    await session.post([aMessage('delayed', { delaySeconds: 100 }), aMessage('later', { priority: 2000 })])
    const ids = await post('1', '2', '3')
    await take()
    await take()
    await session.bury({ messageId: ids[0]!, priority: 1 })
    const gauges = { urgent: 1, ready: 2, reserved: 1, delayed: 1, buried: 1 }
    expect(valueOf(await session.describeQueue(on.queue))).toMatchObject({ ...gauges, posted: 5, deleted: 0 })
    expect(await session.describeProject()).toMatchObject({ ...gauges, queues: 1, posted: 5, timeouts: 0 })
  })
})
