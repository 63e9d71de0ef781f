import { afterAll, expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import { type Sql, connect } from '../db/connect.ts'
import { type Looking, type Sight, lookTogether } from './look-together.ts'
import type { Wanted } from './tail.sql.ts'

const a = await aCore()
const hot = connect(a.database, { max: 1, pinned: true, name: 'test' })
afterAll(() => hot.end())

/** The connection, counting the statements that it is given. */
function counting() {
  const counted = { statements: 0 }
  const sql = ((...statement: Parameters<Sql>) => {
    counted.statements++
    return hot(...statement)
  }) as unknown as Sql
  return { sql, counted }
}

/** Somebody who wants this, and what was seen. */
function looking(wanted: Wanted) {
  const told: (Sight | 'resume')[] = []
  const one: Looking = {
    wants: () => wanted,
    see: (_, sight) => void told.push(sight),
    resume: () => void told.push('resume'),
  }
  return { ...one, told }
}

async function someQueue(...bodies: string[]) {
  const queue = await aQueue(a, { settings: {} })
  const ids = bodies.length > 0 ? await queue.post(...bodies) : []
  const queueId = await queue.queueId()
  return {
    queue,
    ids,
    wants: (more: Partial<Wanted>) => looking({ queueId, after: 0, shown: [], limit: 100, ...more }),
  }
}

const bodiesOf = ({ told }: ReturnType<typeof looking>) =>
  (told as Sight[]).map(({ found }) => found.map(({ body }) => body.toString()))

test('one statement answers all: each sees its own queue, from its own position, as far as it wants', async () => {
  const [one, other, empty, gone] = [await someQueue('1', '2', '3', '4'), await someQueue('a', 'b'), ...(await some())]
  async function some() {
    return [await someQueue(), await someQueue('never')] as const
  }
  valueOf(await a.core.deleteQueue(gone.queue.on))
  const [all, later, few, none, shown] = [
    one.wants({}),
    one.wants({ after: one.ids[1]! }),
    one.wants({ limit: 2 }),
    one.wants({ limit: 0 }),
    one.wants({ shown: [one.ids[0]!, one.ids[2]!] }),
  ]
  const [others, nothing, away] = [other.wants({ shown: [other.ids[1]!] }), empty.wants({}), gone.wants({})]
  const { sql, counted } = counting()
  await lookTogether(sql, [all, others, later, nothing, few, away, none, shown])
  expect(counted.statements).toBe(1)
  expect([all, later, few, none, shown, others, nothing].map(bodiesOf)).toEqual([
    [['1', '2', '3', '4']],
    [['3', '4']],
    [['1', '2']],
    [[]],
    [['2', '4']],
    [['a']],
    [[]],
  ])
  const newest = Math.max(...one.ids, ...other.ids, ...gone.ids)
  expect(none.told).toEqual([{ newest, total: 4, found: [], isCut: false }])
  expect(others.told).toMatchObject([{ newest, total: 2, isCut: false }])
  expect(away.told).toMatchObject([{ newest: null }])
  const [reserved] = await one.queue.reserve(1)
  const again = one.wants({ limit: 1 })
  await lookTogether(sql, [again])
  expect(again.told).toMatchObject([{ found: [{ id: reserved!.id, reservedCount: 1 }] }])
})

test('hundreds of tails share a few statements, and a body is fetched once for all of its queue', async () => {
  const { wants } = await someQueue('x'.repeat(1000), 'y'.repeat(1000))
  const tails = Array.from({ length: 300 }, () => wants({ limit: 20 }))
  const { sql, counted } = counting()
  await lookTogether(sql, tails, { ids: 10_000, bytes: 2000 })
  expect(counted.statements).toBe(1)
  expect(new Set(tails.map((tail) => String(bodiesOf(tail)))).size).toBe(1)
  expect(bodiesOf(tails[0]!)).toEqual([['x'.repeat(1000), 'y'.repeat(1000)]])
  await lookTogether(sql, tails, { ids: 2000, bytes: 2000 })
  expect(counted.statements).toBe(1 + 3)
})

test('bodies beyond what one statement may bring are left for the next', async () => {
  const [one, other] = [await someQueue('1'.repeat(600), '2'.repeat(600), '3'.repeat(600)), await someQueue('a')]
  const [first, second] = [one.wants({}), other.wants({})]
  await lookTogether(hot, [first, second], { ids: 10_000, bytes: 1000 })
  expect(first.told).toMatchObject([{ found: [{ id: one.ids[0] }, { id: one.ids[1] }], isCut: true }])
  expect(second.told).toMatchObject([{ found: [], isCut: true }])
})

test('those whose look failed are to look again, the others have seen', async () => {
  const { wants } = await someQueue('1')
  const [bad, good] = [wants({ limit: -1 }), wants({})]
  await expect(lookTogether(hot, [bad, good], { ids: -1, bytes: 1000 })).rejects.toThrow('LIMIT must not be negative')
  expect(bad.told).toEqual(['resume'])
  expect(bodiesOf(good)).toEqual([['1']])
})
