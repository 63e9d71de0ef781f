import { ageQueue, nothingIsDue, until } from '@weldmq/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import type { Receiver, StreamMessage } from './stream.ts'

const { core, sql } = await aCore()
const project = valueOf(await core.createProject({ name: 'a test' })).id
let queues = 0
/** How often each thing happened, so that the test cannot become empty unseen. */
const seen = { delivered: 0, lost: 0, ended: 0 }

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const reserved = async (on: { project: string; queue: string }): Promise<number> => {
  const [row] = await sql`
    select count(*)::int as n from weldmq.messages m join weldmq.queues q on q.id = m.queue_id
     where q.project_id = ${on.project} and q.name = ${on.queue} and m.state = 2`
  return row!['n']
}

const ends = ['delete', 'release', 'bury', 'touch'] as const
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      sizes: fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom(...ends), which: fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('elsewhere' as const), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('grant' as const, 'set' as const),
      count: fc.nat(5),
      bytes: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lapse' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('room' as const), room: fc.constantFrom(0, 60, 100_000) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'turn' as const) }) },
)

/** What random steps may not come to: each way in which a reservation can end. */
const known: [Step[], { credit: number; creditBytes: number; batch: number }, boolean] = [
  [
    { do: 'post', sizes: [1, 2, 3, 4, 5, 6] },
    { do: 'pause' },
    { do: 'turn' },
    { do: 'elsewhere', which: 0 },
    { do: 'delete', which: [1] },
    { do: 'release', which: [2] },
    { do: 'touch', which: [3] },
    { do: 'bury', which: [4] },
    { do: 'pause' },
    { do: 'lapse' },
  ],
  { credit: 10, creditBytes: 100, batch: 3 },
  false,
]

test(
  'credit is conserved, in messages and in bytes, whatever happens at the same time',
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 15, maxLength: 50 }),
        fc.record({
          credit: fc.integer({ min: 1, max: 12 }),
          creditBytes: fc.integer({ min: 30, max: 400 }),
          batch: fc.integer({ min: 1, max: 5 }),
        }),
        fc.nat(3).map((one) => one === 0),
        async (steps, given, remove) => {
          const on = { project, queue: `q${queues++}` }
          valueOf(await core.putQueue({ ...on, settings: { messageTimeoutSeconds: 100 } }))
          const stream = core.openStream({ project })
          const held = new Map<number, { reservationId: string; bytes: number }>()
          let [room, granted, grantedBytes, spent, spentBytes] = [100_000, given.credit, given.creditBytes, 0, 0]
          const packed = new Map<string, StreamMessage>()
          const receiver: Receiver = {
            room: () => room,
            pack(message) {
              const text = `${message.id} ${message.reservationId} ${message.body.toString()}`
              packed.set(text, message)
              return text
            },
            messages(texts) {
              expect(texts.length).toBeLessThanOrEqual(given.batch)
              seen.delivered += texts.length
              for (const text of texts) {
                const { id, reservationId, body } = packed.get(text)!
                if (reservationId === undefined) {
                  spent++
                  spentBytes += body.length
                } else held.set(id, { reservationId, bytes: body.length })
              }
            },
            lost(ids) {
              seen.lost += ids.length
              for (const id of ids) held.delete(id)
            },
            ended: () => {},
            stuck: () => {},
          }
          const command = { ...on, mode: 'consume' as const, delete: remove, ...given }
          const subscription = valueOf(await stream.subscribe(command, receiver))
          subscription.resume()

          const underWay: Promise<unknown>[] = []
          const touches = new Set<typeof held>()
          const pick = (which: number) => [...held][which % Math.max(1, held.size)]
          for (const one of steps) {
            switch (one.do) {
              case 'post':
                underWay.push(
                  core.postMessages({ ...on, messages: one.sizes.map((size) => ({ body: Buffer.alloc(size, 'x') })) }),
                )
                break
              case 'grant':
                // What is beyond the most is cut off; nothing here comes near it.
                granted += one.count
                grantedBytes += one.bytes
                subscription.grant(one)
                break
              case 'set':
                granted += one.count - subscription.credit.count
                grantedBytes += one.bytes - subscription.credit.bytes
                subscription.set(one)
                break
              case 'room':
                room = one.room
                subscription.resume()
                break
              case 'lapse':
                await ageQueue(sql, on, 100)
                break
              case 'pause':
                await Promise.allSettled(underWay)
                await core.ping()
                break
              case 'turn':
                await core.ping() // what is under way comes a step further
                break
              case 'elsewhere': {
                const [messageId, hold] = pick(one.which) ?? []
                if (hold)
                  underWay.push(core.deleteMessage({ ...on, messageId: messageId!, reservationId: hold.reservationId }))
                break
              }
              default: {
                const chosen = new Map(one.which.map(pick).filter((some) => some !== undefined))
                if (chosen.size > 0) underWay.push(end(one.do, chosen))
              }
            }
            const { count, bytes, held: now, heldBytes } = subscription.credit
            // What is taken is held, or spent, before it is handed over.
            expect([count + now, bytes + heldBytes]).toEqual(
              remove ? [expect.any(Number), expect.any(Number)] : [granted, grantedBytes],
            )
          }

          async function end(how: (typeof ends)[number], chosen: typeof held) {
            const messages = [...chosen].map(([messageId, { reservationId }]) => ({ messageId, reservationId }))
            const acted = { ...on, messages }
            if (how === 'touch') {
              touches.add(chosen)
              const { touched, failed } = valueOf(await stream.touch(acted))
              touches.delete(chosen)
              for (const { messageId, reservationId } of touched) {
                const hold = held.get(messageId)
                if (hold) held.set(messageId, { ...hold, reservationId })
              }
              for (const { at } of failed) unlessTouched(messages[at]!)
              return
            }
            const failed = valueOf(
              await (how === 'release' ? stream.release({ ...acted, delaySeconds: 0 }) : stream[how](acted)),
            )
            const refused = new Set(failed.map(({ at }) => at))
            for (const [at, one] of messages.entries()) (refused.has(at) ? unlessTouched : forget)(one)
            expect(failed.every(({ refusal }) => refusal.kind !== 'queue_not_found')).toBe(true)
          }
          /** What failed may have failed because a touch did not, which is about to say so. */
          function unlessTouched(one: { messageId: number; reservationId: string }) {
            if (![...touches].some((touch) => touch.has(one.messageId))) forget(one)
          }
          function forget({ messageId, reservationId }: { messageId: number; reservationId: string }) {
            if (held.get(messageId)?.reservationId !== reservationId) return
            held.delete(messageId)
            seen.ended++
          }

          await Promise.all(underWay)
          await nothingIsDue(sql, on)
          // Quiet: what ended elsewhere has been found, and what is reserved is what is held.
          let found: unknown
          await until(async () => {
            const { count, bytes, held: now, heldBytes } = subscription.credit
            const sum = [...held.values()].reduce((all, one) => all + one.bytes, 0)
            found = [await reserved(on), now, heldBytes, count + now + spent, bytes + heldBytes + spentBytes]
            return String(found) === String([held.size, held.size, sum, granted, grantedBytes])
          }).catch(() => expect(found).toEqual([held.size, held.size, 'all', granted, grantedBytes]))
          await stream.close()
          await until(async () => (await reserved(on)) === 0)
        },
      ),
      { numRuns: 20, endOnFailure: true, examples: [known] },
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
  },
)
