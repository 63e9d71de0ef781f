import { until } from '@weldmq/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import { connect } from '../db/connect.ts'
import { queuesWithReady } from './notify.sql.ts'
import { type Signals, createSignals } from './signals.ts'

const a = await aCore()
const sql = connect(a.database, { max: 2, pinned: true, name: 'test' })
afterAll(() => sql.end())

const soon = () => performance.now() + 20_000

/** The signals of one gateway, without the poll that stands behind them. */
async function someSignals(): Promise<Signals> {
  const signals = createSignals({ database: a.database, sql }, (fault) => expect.unreachable(String(fault)))
  await signals.listen()
  afterAll(() => signals.stop())
  return signals
}

const [here, there] = [await someSignals(), await someSignals()]

describe('a signal', () => {
  test('wakes who waits in the same process', async () => {
    const waiting = here.wait(1).next(soon())
    here.ready(1, 1)
    expect(await waiting).toBe(true)
  })

  test('goes to another process that has said it waits', async () => {
    let woken = false
    const waiting = here.wait(2).next(soon())
    void waiting.then(() => (woken = true))
    await until(async () => {
      await here.poll() // says again that it waits
      there.ready(2, 1)
      return woken
    })
    expect(await waiting).toBe(true)
  })

  test('is not sent where nobody waits', async () => {
    const heard: string[] = []
    const words = () => heard.flatMap((payload) => payload.split(' ').slice(1))
    const { unlisten } = await a.sql.listen('weldmq', (payload) => heard.push(payload))
    there.ready(3, 1)
    const waiting = here.wait(4).next(soon())
    await until(async () => {
      await here.poll()
      there.ready(4, 1)
      return words().some((word) => word.startsWith('4*'))
    })
    await unlisten()
    expect(await waiting).toBe(true)
    expect(words().filter((word) => word.startsWith('3*'))).toEqual([])
  })

  test('reaches all of many queues, however long the list', async () => {
    const queueIds = Array.from({ length: 3000 }, (_, i) => 1_000_000 + i)
    const waits = queueIds.map((queueId) => here.wait(queueId).next(soon()))
    let woken = 0
    for (const wait of waits) void wait.then(() => woken++)
    await until(async () => {
      await here.poll()
      for (const queueId of queueIds) there.ready(queueId, 1)
      return woken === queueIds.length
    })
    expect((await Promise.all(waits)).every(Boolean)).toBe(true)
  })
})

describe('the poll behind the signals', () => {
  test('listens again after a lost connection', async () => {
    const cut = await someSignals()
    await a.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'weldmq signals'`
    let woken = false
    const waiting = cut.wait(999_999).next(soon())
    void waiting.then(() => (woken = true))
    await until(async () => {
      await Promise.all([cut.poll(), there.poll()])
      there.ready(999_999, 1)
      return woken
    })
    expect(await waiting).toBe(true)
  })

  test('wakes who waits for a queue that has something ready, and only those', async () => {
    const [full, empty] = [await aQueue(a), await aQueue(a, { settings: {} })]
    await full.post('work')
    const alone = await someSignals()
    const waits = [alone.wait(await full.queueId()).next(soon()), alone.wait(await empty.queueId()).next(soon())]
    await alone.poll()
    expect(await waits[0]).toBe(true)
    expect(await Promise.race([waits[1], Promise.resolve('waiting')])).toBe('waiting')
    alone.drain()
    expect(await waits[1]).toBe(false)
  })

  test('sees fresh, returned and oddly prioritised messages, and no reserved, delayed or expired ones', async () => {
    const queues = await Promise.all(
      ['fresh', 'returned', 'odd', 'reserved', 'delayed', 'empty'].map(() =>
        aQueue(a, { settings: { messageExpirationSeconds: 1000 } }),
      ),
    )
    const [fresh, returned, odd, reserved, delayed] = queues
    await fresh!.post('work')
    await returned!.post('work')
    await returned!.release(await returned!.reserveOne())
    await odd!.postOne('work', { priority: 3 })
    await reserved!.post('work')
    await reserved!.reserve()
    await delayed!.postOne('work', { delaySeconds: 500 })
    const ids = await Promise.all(queues.map((queue) => queue.queueId()))
    const seen = await queuesWithReady(sql, [...ids, -1])
    expect(seen.map((row) => row.queue_id).toSorted((x, y) => x - y)).toEqual(ids.slice(0, 3).toSorted((x, y) => x - y))
    await Promise.all(queues.map((queue) => queue.passUnnoticed(1000)))
    expect(await queuesWithReady(sql, ids)).toEqual([])
  })
})
