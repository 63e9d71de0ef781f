import { setImmediate as pause } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aTransaction } from '../../test/a-transaction.ts'
import { connect } from '../db/connect.ts'
import { foldOrphans, forgetWriters, sizeOf } from './counters.sql.ts'
import { createCounters } from './counters.ts'

const a = await aCore()
const sql = connect(a.database, { max: 4, pinned: true, name: 'test' })
afterAll(() => sql.end())

let queues = 1_000_000

/** A queue that only the counters know, and somebody who counts for it. */
function aCount(queueId = ++queues) {
  const counters = createCounters(sql)
  let slots: number[] = []
  const insert = (slot: number, seq: number, size: number) => {
    slots = [...slots, slot]
    return sql`
      insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
      values (${queueId}, ${slot}, ${seq}, ${size}, ${Math.max(size, 0)})`
  }
  return {
    queueId,
    counters,
    slots: () => slots,
    add: (size = 1) => counters.count(queueId, (slot, seq) => insert(slot, seq, size)),
    size: async () => (await sizeOf(sql, queueId))[0],
    deltas: async () => {
      const [row] = await sql`select count(*)::int as n from weldmq.counter_deltas where queue_id = ${queueId}`
      return Number(row!['n'])
    },
    /** Nobody has seen the one who counts for so long. */
    unseen: (interval: string) => sql`
      update weldmq.writers set seen_at = seen_at - ${interval}::interval where slot = any(${slots}::bigint[])`,
  }
}

const sized = (size: number, total = size) => ({ size, total })
const lost = Object.assign(new Error('write CONNECTION_CLOSED'), { code: 'CONNECTION_CLOSED' })
const rolledBack = Object.assign(new Error('check violation'), { severity: 'ERROR', code: '23514' })

describe('the size of a queue', () => {
  test('is exact after every change, folded or not', async () => {
    const one = aCount()
    expect(await one.size()).toEqual(sized(0))
    await one.add(5)
    expect(await one.size()).toEqual(sized(5))
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(5))
    expect(await one.deltas()).toBe(0)
    await one.add(-2)
    expect(await one.size()).toEqual(sized(3, 5))
    await one.counters.fold()
    await one.add(4)
    expect(await one.size()).toEqual(sized(7, 9))
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(7, 9))
    expect(await one.deltas()).toBe(0)
  })

  test('is exact while it is being folded', async () => {
    const one = aCount()
    let counting = true
    const folding = (async () => {
      for (; counting; await pause()) await one.counters.fold()
    })()
    const reading = (async () => {
      const seen: number[] = []
      while (counting) seen.push((await one.size())!.size)
      return seen
    })()
    const added: Promise<unknown>[] = []
    for (let i = 0; i < 50; i++) {
      added.push(one.add(1), one.add(1))
      await added.at(-1)
    }
    await Promise.all(added)
    counting = false
    const seen = await reading
    expect(seen).toEqual(seen.toSorted((x, y) => x - y))
    await folding
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(100))
    expect(await one.deltas()).toBe(0)
  })

  test('adds up what several gateways count', async () => {
    const one = aCount()
    const other = aCount(one.queueId)
    await one.add(3)
    await other.add(4)
    await one.counters.fold()
    await other.add(-1)
    expect(await one.size()).toEqual(sized(6, 7))
    await other.counters.fold()
    expect(await one.size()).toEqual(sized(6, 7))
  })

  test('is not folded beyond a statement that is under way', async () => {
    const one = aCount()
    await one.add()
    const holder = await aTransaction(a)
    const slow = one.counters.count(one.queueId, async (slot, seq) => {
      await holder.sql`
        insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
        values (${one.queueId}, ${slot}, ${seq}, 10, 10)`
      await one.add()
      await one.counters.fold()
      expect(await one.size()).toEqual(sized(2))
      await holder.commit()
    })
    await slow
    expect(await one.size()).toEqual(sized(12))
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(12))
    expect(await one.deltas()).toBe(0)
  })
})

describe('a statement that fails', () => {
  test('and was rolled back holds up nothing', async () => {
    const one = aCount()
    await one.add()
    await expect(one.counters.count(one.queueId, () => Promise.reject(rolledBack))).rejects.toBe(rolledBack)
    await one.add()
    expect(new Set(one.slots()).size).toBe(1)
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(2))
    expect(await one.deltas()).toBe(0)
  })

  test('with its outcome unknown leaves its slot behind, and is counted however late it commits', async () => {
    const one = aCount()
    await one.add()
    const holder = await aTransaction(a)
    const unknown = one.counters.count(one.queueId, async (slot, seq) => {
      await holder.sql`
        insert into weldmq.counter_deltas (queue_id, slot, seq, size, total)
        values (${one.queueId}, ${slot}, ${seq}, 10, 10)`
      throw lost
    })
    await expect(unknown).rejects.toBe(lost)
    await one.add()
    expect(new Set(one.slots()).size).toBe(2)
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(2))

    await one.unseen('2 minutes')
    await foldOrphans(sql)
    expect(await one.size()).toEqual(sized(2))
    await holder.commit()
    expect(await one.size()).toEqual(sized(12))
    await foldOrphans(sql)
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(12))
    expect(await one.deltas()).toBe(0)
  })

  test('while others are under way in the same slot costs none of them', async () => {
    const one = aCount()
    const results = await Promise.allSettled([
      one.add(1),
      one.counters.count(one.queueId, () => Promise.reject(lost)),
      one.add(1),
      one.add(1),
    ])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    await one.add(1)
    await one.counters.fold()
    expect(await one.size()).toEqual(sized(4))
  })
})

describe('a gateway that died without folding', () => {
  test('is left alone for a minute, then others fold what it counted', async () => {
    const dead = aCount()
    await dead.add(3)
    await dead.counters.fold()
    await dead.add(4)
    await dead.add(-1)
    await dead.unseen('30 seconds')
    await foldOrphans(sql)
    expect(await dead.deltas()).toBe(2)
    await dead.unseen('31 seconds')
    await foldOrphans(sql)
    expect(await dead.deltas()).toBe(0)
    expect(await dead.size()).toEqual(sized(6, 7))
  })

  test('is folded once by many at the same time', async () => {
    const dead = Array.from({ length: 5 }, () => aCount())
    for (const one of dead) for (let i = 0; i < 4; i++) await one.add(2)
    for (const one of dead) await one.unseen('2 minutes')
    await Promise.all(Array.from({ length: 4 }, () => foldOrphans(sql)))
    await foldOrphans(sql)
    for (const one of dead) {
      expect(await one.size()).toEqual(sized(8))
      expect(await one.deltas()).toBe(0)
    }
  })

  test('but was only asleep goes on counting exactly', async () => {
    const asleep = aCount()
    await asleep.add(3)
    await asleep.counters.fold()
    await asleep.add(4)
    await asleep.unseen('2 minutes')
    await foldOrphans(sql)
    await asleep.add(5)
    await Promise.all([foldOrphans(sql), asleep.counters.fold()])
    await asleep.add(6)
    expect(await asleep.size()).toEqual(sized(18))
    await asleep.counters.renew()
    await asleep.counters.fold()
    expect(await asleep.size()).toEqual(sized(18))
    expect(await asleep.deltas()).toBe(0)
  })

  test('is forgotten a day later, and what it counted is not', async () => {
    const dead = aCount()
    await dead.add(3)
    await dead.counters.fold()
    await dead.add(4)
    await dead.unseen('2 days')
    await forgetWriters(sql) // not yet: it has deltas
    expect(await dead.size()).toEqual(sized(7))
    await foldOrphans(sql)
    await forgetWriters(sql)
    expect(await dead.size()).toEqual(sized(7))
    const rows = await sql`select slot from weldmq.counter_base where queue_id = ${dead.queueId}`
    expect(rows).toEqual([{ slot: 0 }])
    const writers = await sql`select 1 from weldmq.writers where slot = any(${dead.slots()}::bigint[])`
    expect(writers).toHaveLength(0)
  })

  test('and was forgotten counts under a new slot when it comes back after all', async () => {
    const back = aCount()
    await back.add(3)
    await back.unseen('2 days')
    await foldOrphans(sql)
    await forgetWriters(sql)
    await back.counters.renew()
    await back.add(4)
    await back.counters.fold()
    expect(new Set(back.slots()).size).toBe(2)
    expect(await back.size()).toEqual(sized(7))
  })
})
