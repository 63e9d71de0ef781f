import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'

const a = await aCore()
const { core } = a

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
