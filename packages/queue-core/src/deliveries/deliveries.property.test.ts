import { until } from '@weldmq/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import type { ClaimedDelivery } from '../index.ts'

const a = await aCore()
const other = await a.another()
const gateways = [a.core, other]

const RETRIES = 2
const names = ['a', 'b', 'c']

const gateway = fc.constantFrom(0, 1)
const step = fc.oneof(
  fc.record({ kind: fc.constant('post' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('claim' as const), gateway, room: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('record' as const),
    gateway,
    statusCode: fc.constantFrom(200, 200, 202, 404, 0),
    count: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({ kind: fc.constant('crash' as const) }),
  fc.record({ kind: fc.constant('acknowledge' as const) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(4, 30) }),
)

for (const type of ['multicast', 'unicast'] as const) {
  test(`I16 I17 whatever happens, ${type}: delivered or reported, tried no more than allowed, counted exactly`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const settings = { type, retries: RETRIES, retriesDelaySeconds: 3, errorQueue: 'errors' }
        const q = await aPushQueue(a, names, settings)
        const posted: number[] = []
        /** Claimed, and not recorded by whoever has it. */
        let held: ClaimedDelivery[] = []
        const accepted: ClaimedDelivery[] = []
        for (const one of steps) {
          switch (one.kind) {
            case 'post':
              posted.push(...(await q.post(...Array.from({ length: one.count }, String))))
              break
            case 'claim':
              held.push(...(await q.claim({ core: gateways[one.gateway]!, room: one.room })))
              break
            case 'record': {
              const some = held.splice(0, one.count)
              const attempt = { statusCode: one.statusCode }
              await gateways[one.gateway]!.pushing.record(some.map((delivery) => ({ delivery, attempt })))
              if (one.statusCode === 202) accepted.push(...some)
              break
            }
            case 'crash':
              held = []
              break
            case 'acknowledge': {
              const last = accepted.pop()
              if (last) await q.acknowledge(last)
              break
            }
            case 'pass':
              await q.passUnnoticed(one.seconds)
          }
        }
        // What the other gateway has begun is found by a search, which comes now and then.
        await until(async () => {
          await q.passUnnoticed(30)
          await q.deliver(({ messageId }) => (messageId % 2 === 0 ? 200 : 500))
          return (await q.size()).size === 0
        })
        let failed = 0
        for (const id of posted) {
          const statuses = await q.statuses(id)
          expect(statuses).toHaveLength(type === 'unicast' ? 1 : names.length)
          for (const { state, tries } of statuses) {
            expect(['delivered', 'failed']).toContain(state)
            expect(tries).toBeGreaterThanOrEqual(1)
            expect(tries).toBeLessThanOrEqual(RETRIES + 1)
            if (state === 'failed') failed++
          }
        }
        expect(await q.size()).toEqual({ size: 0, totalMessages: posted.length })
        const errors = await a.core.findQueue({ ...q.on, queue: 'errors' })
        expect(errors.ok ? errors.value.totalMessages : 0).toBe(failed)
        expect(valueOf(await a.core.findQueue(q.on)).size).toBe(0)
      }),
      { numRuns: 40, endOnFailure: true },
    )
  }, 180_000)
}
