import { describe, expect, test } from 'vitest'

/** A message as a door shows it; what the door does not show is left out. */
export type TakenMessage = {
  id: string
  body: string
  /** Whatever the door needs to know this reservation again; nothing where the connection is the holder. */
  reservation?: string
  reservedCount?: number
}

/** How a call on a message ended. A door that cannot tell the last two apart says `gone` for both. */
export type Outcome = 'done' | 'lapsed' | 'gone'

/** One client of one queue, through some door. Every test has a queue of its own. */
export type QueueClient = {
  /** Stores all of them; ids in the order given. */
  post(...messages: { body: string; delaySeconds?: number; priority?: number }[]): Promise<string[]>
  reserve(want: { count?: number; timeoutSeconds?: number; waitSeconds?: number }): Promise<TakenMessage[]>
  /** The message with its fresh reservation, or why not. */
  touch(message: TakenMessage): Promise<TakenMessage | 'lapsed' | 'gone'>
  release(message: TakenMessage, delaySeconds?: number): Promise<Outcome>
  delete(message: TakenMessage): Promise<Outcome>
  /** Ready, delayed and reserved messages. */
  size(): Promise<number>
}

export type QueueDriver = {
  client: QueueClient
  /** A second client of the same queue, with a connection of its own where that matters. */
  another(): Promise<QueueClient>
  /** Lets time pass for the messages of the queue, and resolves when what is due by then has happened. */
  pass(seconds: number): Promise<void>
}

/** What a door has; where it lacks something, the tests about it are left out. */
export type QueueTraits = {
  /** More than one message per post and reserve. */
  batches: boolean
  priorities: boolean
  /** Returned messages stand where they were posted; otherwise they go to the end, as v2 has it. */
  keepsPlaces: boolean
  /** A reservation is told from an older one of the same client by its name. */
  namesReservations: boolean
  /** Only its holder may act for a reservation; with v2 whoever knows the message may, reserved or not. */
  guardsReservations: boolean
  /** Says how often a message was reserved, with each reservation. */
  countsReservations: boolean
  /** Any bytes that are text come back as they were; some doors carry only text without NUL. */
  carriesNul: boolean
}

const everything: QueueTraits = {
  batches: true,
  priorities: true,
  keepsPlaces: true,
  namesReservations: true,
  guardsReservations: true,
  countsReservations: true,
  carriesNul: true,
}

/**
 * The contract of a queue, stated once: post, order, reserve, lapse, touch, release, delete, wait. Whatever claims to
 * be a door to our queues is run through it. `open` makes a driver for a new queue that nobody else uses.
 */
export function behavesLikeAQueue(
  name: string,
  open: () => Promise<QueueDriver>,
  lacks: Partial<QueueTraits> = {},
): void {
  const has = { ...everything, ...lacks }
  const testWhere = (condition: boolean) => (condition ? test : noTest)

  /** Every message there is, in the order in which it is handed out. */
  async function drain(client: QueueClient): Promise<string[]> {
    const bodies: string[] = []
    for (;;) {
      const taken = await client.reserve({ timeoutSeconds: 1000 })
      if (taken.length === 0) return bodies
      for (const message of taken) bodies.push(message.body)
    }
  }

  async function take(client: QueueClient, timeoutSeconds = 60): Promise<TakenMessage> {
    const [message] = await client.reserve({ timeoutSeconds })
    if (!message) throw new Error('nothing to reserve')
    return message
  }

  async function postEach(client: QueueClient, ...bodies: string[]): Promise<string[]> {
    const ids: string[] = []
    for (const body of bodies) ids.push(...(await client.post({ body })))
    return ids
  }

  describe(`${name} behaves like a queue:`, () => {
    describe('post', () => {
      test('what is posted is handed out, once', async () => {
        const { client } = await open()
        const [id] = await client.post({ body: 'work' })
        expect(await client.reserve({})).toMatchObject([{ id, body: 'work' }])
        expect(await client.reserve({})).toEqual([])
      })

      test('messages have ids of their own, which grow', async () => {
        const { client } = await open()
        const ids = (await postEach(client, '1', '2', '3')).map(BigInt)
        expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)))
        expect(new Set(ids).size).toBe(3)
      })

      test.each(['', ' ', '\r\n', 'Ünïcode 🐇 \u2028', '{"not":"parsed"}', 'x'.repeat(60_000)])(
        'a body comes back as it was: %j',
        async (body) => {
          const { client } = await open()
          await client.post({ body })
          expect((await take(client)).body === body).toBe(true)
        },
      )

      testWhere(has.carriesNul)('a body comes back as it was, NUL and all', async () => {
        const { client } = await open()
        await client.post({ body: 'a\0b' })
        expect((await take(client)).body).toBe('a\0b')
      })
    })

    describe('order', () => {
      test('first in, first out', async () => {
        const { client } = await open()
        await postEach(client, '1', '2', '3', '4', '5')
        expect(await drain(client)).toEqual(['1', '2', '3', '4', '5'])
      })

      testWhere(has.batches)('several at once keep their order, on the way in and out', async () => {
        const { client } = await open()
        await client.post({ body: '1' }, { body: '2' }, { body: '3' })
        await client.post({ body: '4' })
        const first = await client.reserve({ count: 2 })
        expect(first.map(({ body }) => body)).toEqual(['1', '2'])
        const rest = await client.reserve({ count: 100 })
        expect(rest.map(({ body }) => body)).toEqual(['3', '4'])
      })

      testWhere(has.priorities)('the most urgent first', async () => {
        const { client } = await open()
        for (const priority of [5, 0, 4_294_967_295, 5, 1]) await client.post({ body: `${priority}`, priority })
        expect(await drain(client)).toEqual(['0', '1', '5', '5', '4294967295'])
      })

      test('a delayed message is handed out once its delay is over, not before', async () => {
        const { client, pass } = await open()
        await client.post({ body: 'later', delaySeconds: 100 })
        await pass(50)
        expect(await client.reserve({})).toEqual([])
        expect(await client.size()).toBe(1)
        await pass(50)
        expect((await take(client)).body).toBe('later')
      })

      testWhere(has.keepsPlaces)('a delayed message then stands where it was posted', async () => {
        const { client, pass } = await open()
        await client.post({ body: '1', delaySeconds: 100 })
        await client.post({ body: '2' })
        await pass(100)
        expect(await drain(client)).toEqual(['1', '2'])
      })
    })

    describe('reserve', () => {
      test('nobody else gets a reserved message', async () => {
        const { client, another } = await open()
        const other = await another()
        await postEach(client, '1', '2')
        expect((await take(client)).body).toBe('1')
        expect((await take(other)).body).toBe('2')
        expect(await other.reserve({})).toEqual([])
      })

      test('an empty queue gives nothing', async () => {
        const { client } = await open()
        await client.delete(await postAndTake(client))
        expect(await client.reserve({})).toEqual([])
      })

      testWhere(has.countsReservations)('reservations are counted, the first one being 1', async () => {
        const { client } = await open()
        await client.post({ body: 'work' })
        for (let reservedCount = 1; reservedCount <= 3; reservedCount++) {
          const message = await take(client)
          expect(message).toMatchObject({ reservedCount })
          await client.release(message)
        }
      })

      test('a reserved message still counts', async () => {
        const { client } = await open()
        await postAndTake(client)
        expect(await client.size()).toBe(1)
      })
    })

    describe('lapse', () => {
      test('a message whose reservation has lapsed is handed out again, not before', async () => {
        const { client, another, pass } = await open()
        const other = await another()
        await client.post({ body: 'work' })
        await take(client, 100)
        await pass(50)
        expect(await other.reserve({})).toEqual([])
        await pass(50)
        expect((await take(other)).body).toBe('work')
      })

      testWhere(has.keepsPlaces)('lapsed messages stand in front, in their old order', async () => {
        const { client, pass } = await open()
        await postEach(client, '1', '2', '3')
        await take(client, 100)
        await take(client, 100)
        await pass(100)
        expect(await drain(client)).toEqual(['1', '2', '3'])
      })

      testWhere(has.guardsReservations)('whoever held it can do nothing once somebody else has it', async () => {
        const { client, another, pass } = await open()
        const other = await another()
        await client.post({ body: 'work' })
        const old = await take(client, 100)
        await pass(100)
        const message = await take(other, 1000)
        expect(await client.touch(old)).not.toMatchObject({ id: old.id })
        expect(await client.release(old)).not.toBe('done')
        expect(await client.delete(old)).not.toBe('done')
        expect(await client.reserve({})).toEqual([])
        expect(await other.delete(message)).toBe('done')
      })

      testWhere(has.namesReservations)('nor while nobody has it', async () => {
        const { client, pass } = await open()
        await client.post({ body: 'work' })
        const old = await take(client, 100)
        await pass(100)
        expect([await client.touch(old), await client.release(old), await client.delete(old)]).toEqual([
          'lapsed',
          'lapsed',
          'lapsed',
        ])
        expect((await take(client)).body).toBe('work')
      })
    })

    describe('touch', () => {
      test('gives a message more time', async () => {
        const { client, pass } = await open()
        await client.post({ body: 'work' })
        const message = await take(client, 60)
        await pass(35)
        const touched = await client.touch(message)
        if (typeof touched === 'string') throw new Error(touched)
        await pass(35)
        expect(await client.reserve({})).toEqual([])
        expect(await client.delete(touched)).toBe('done')
      })

      testWhere(has.namesReservations)('makes the old reservation void', async () => {
        const { client } = await open()
        const message = await postAndTake(client)
        const touched = await client.touch(message)
        expect([await client.touch(message), await client.release(message), await client.delete(message)]).toEqual([
          'lapsed',
          'lapsed',
          'lapsed',
        ])
        expect(await client.delete(touched as TakenMessage)).toBe('done')
      })
    })

    describe('release', () => {
      test('gives a message back at once', async () => {
        const { client, another } = await open()
        expect(await client.release(await postAndTake(client))).toBe('done')
        expect((await take(await another())).body).toBe('work')
      })

      testWhere(has.keepsPlaces)('puts messages in front, in their old order', async () => {
        const { client } = await open()
        await postEach(client, '1', '2', '3', '4')
        const [one, two, three] = [await take(client), await take(client), await take(client)]
        for (const message of [two, three, one]) expect(await client.release(message)).toBe('done')
        expect(await drain(client)).toEqual(['1', '2', '3', '4'])
      })

      test('with a delay gives it back when the delay is over', async () => {
        const { client, pass } = await open()
        expect(await client.release(await postAndTake(client), 100)).toBe('done')
        await pass(50)
        expect(await client.reserve({})).toEqual([])
        await pass(50)
        expect((await take(client)).body).toBe('work')
      })

      testWhere(has.guardsReservations)('works once', async () => {
        const { client } = await open()
        const message = await postAndTake(client)
        await client.release(message)
        expect(await client.release(message)).not.toBe('done')
      })
    })

    describe('delete', () => {
      test('is final', async () => {
        const { client, pass } = await open()
        expect(await client.delete(await postAndTake(client))).toBe('done')
        expect(await client.size()).toBe(0)
        await pass(1000)
        expect(await client.reserve({})).toEqual([])
      })

      test('works once', async () => {
        const { client } = await open()
        const message = await postAndTake(client)
        await client.delete(message)
        expect([await client.delete(message), await client.release(message), await client.touch(message)]).toEqual([
          'gone',
          'gone',
          'gone',
        ])
      })

      test('takes one message and leaves the others', async () => {
        const { client } = await open()
        await postEach(client, '1', '2', '3')
        await client.delete(await take(client))
        expect(await client.size()).toBe(2)
        expect(await drain(client)).toEqual(['2', '3'])
      })
    })

    describe('wait', () => {
      test('a reserve that waits gets what is posted meanwhile', async () => {
        const { client, another } = await open()
        const other = await another()
        await client.delete(await postAndTake(client))
        const waiting = other.reserve({ waitSeconds: 20 })
        await client.post({ body: 'work' })
        expect(await waiting).toMatchObject([{ body: 'work' }])
      })

      test('or what is given back', async () => {
        const { client, another } = await open()
        const message = await postAndTake(client)
        const waiting = (await another()).reserve({ waitSeconds: 20 })
        await client.release(message)
        expect(await waiting).toMatchObject([{ id: message.id }])
      })

      test('or what lapses', async () => {
        const { client, another } = await open()
        await client.post({ body: 'work' })
        const message = await take(client, 1)
        expect(await (await another()).reserve({ waitSeconds: 20 })).toMatchObject([{ id: message.id }])
      })

      test('or nothing, when its time is over', async () => {
        const { client } = await open()
        await client.delete(await postAndTake(client))
        expect(await client.reserve({ waitSeconds: 1 })).toEqual([])
      })
    })
  })

  async function postAndTake(client: QueueClient): Promise<TakenMessage> {
    await client.post({ body: 'work' })
    return take(client)
  }
}

/** For what a door has not: no test at all, rather than one that is skipped. */
const noTest = (_name: string, _body: () => Promise<void>): void => {}
