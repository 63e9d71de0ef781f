import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import { forgetDeleted } from './upkeep.sql.ts'
import { connect } from '../db/connect.ts'

const a = await aCore()
const { core } = a

const rowsOf = async (table: 'messages' | 'deleted_queues' | 'counter_base' | 'counter_deltas', queueId: number) => {
  const [row] = await a.sql`select count(*)::int as n from ${a.sql(`weldmq.${table}`)} where queue_id = ${queueId}`
  return Number(row!['n'])
}

test('the messages of a deleted queue are removed, in whatever state they were', async () => {
  const q = await aQueue(a)
  for (let i = 0; i < 6; i++) await q.post(...Array<string>(1000).fill('x'))
  await q.postOne('delayed', { delaySeconds: 1000 })
  await q.reserve(10)
  const id = await q.queueId()
  await q.beside('another').post('other')
  await core.deleteQueue(q.on)
  await until(async () => (await rowsOf('messages', id)) === 0)
  expect(await q.beside('another').bodies()).toEqual(['other'])
})

test('so are those of a post that was under way when its queue was deleted', async () => {
  const q = await aQueue(a)
  await q.post('work')
  const id = await q.queueId()
  await core.deleteQueue(q.on)
  await until(async () => (await rowsOf('messages', id)) === 0)
  await a.sql`
    insert into weldmq.messages (queue_id, id, position, priority, lane, state, expires_at, body)
    values (${id}, 1, 1, 1, 0, 0, now() + interval '1 hour', 'late')`
  await until(async () => (await rowsOf('messages', id)) === 0)
})

test('ten minutes later nothing of a deleted queue is left, not even its counts', async () => {
  const q = await aQueue(a)
  await q.post('work')
  const id = await q.queueId()
  await core.deleteQueue(q.on)
  await until(async () => (await rowsOf('messages', id)) === 0)

  const sql = connect(a.database, { max: 1, pinned: true, name: 'test' })
  await forgetDeleted(sql)
  expect(await rowsOf('deleted_queues', id)).toBe(1)
  await a.sql`update weldmq.deleted_queues set deleted_at = deleted_at - interval '10 minutes' where queue_id = ${id}`
  await forgetDeleted(sql)
  expect(await rowsOf('deleted_queues', id)).toBe(0)
  expect(await rowsOf('counter_base', id)).toBe(0)
  expect(await rowsOf('counter_deltas', id)).toBe(0)
  await sql.end()
})
