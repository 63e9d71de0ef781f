import { until } from '@weldmq/testing'
import { expect, test } from 'vitest'
import { aCore, valueOf } from '../../test/a-core.ts'
import { aQueue } from '../../test/a-queue.ts'
import { aTransaction } from '../../test/a-transaction.ts'
import { Unavailable } from '../refusal.ts'

const a = await aCore()
const other = await a.another()

/** Stops posts where they are, and what they wait on. */
async function posting(work: () => Promise<unknown>) {
  const holder = await aTransaction(a)
  await holder.sql`lock table weldmq.messages in share mode`
  const outcome = work().then(
    () => 'done',
    (fault: unknown) => fault,
  )
  let pids: number[] = []
  await until(async () => {
    const waiting = await a.sql`
      select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and application_name = 'weldmq messages'`
    pids = waiting.map((row) => Number(row['pid']))
    return pids.length > 0
  })
  return { holder, outcome, pids }
}

test('I7 a post whose connection breaks is not said to have stored nothing, and the queue goes on exactly', async () => {
  const q = await aQueue(a)
  await q.post('1')
  const { holder, outcome, pids } = await posting(() => q.post('2'))
  for (const pid of pids) await a.sql`select pg_terminate_backend(${pid})`
  const fault = await outcome
  expect(fault).toBeInstanceOf(Error)
  expect(fault).not.toBeInstanceOf(Unavailable)
  await holder.rollback()

  await q.post('3')
  expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
  await until(async () => (await a.sql`select 1 from weldmq.counter_base`).length > 0)
  expect(await q.size()).toEqual({ size: 2, totalMessages: 2 })
  expect(await q.through(other).bodies()).toEqual(['1', '3'])
})

test('I7 a post that Postgres gave up is said to have stored nothing, and has not', async () => {
  const q = await aQueue(a)
  await q.post('1')
  const { holder, outcome, pids } = await posting(() => q.post('2'))
  for (const pid of pids) await a.sql`select pg_cancel_backend(${pid})`
  expect(await outcome).toBeInstanceOf(Unavailable)
  await holder.rollback()
  expect(await q.bodies()).toEqual(['1'])
  expect(await q.size()).toEqual({ size: 1, totalMessages: 1 })
})

test('I22 when every connection is cut, the core goes on with new ones, and the order stays', async () => {
  const q = await aQueue(a)
  await q.post('1', '2', '3')
  const message = await q.reserveOne()
  await a.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'weldmq%' and pid <> pg_backend_pid()`
  await until(() =>
    q.core.ping().then(
      () => true,
      () => false,
    ),
  )
  await until(() =>
    q.release(message).then(
      () => true,
      () => false,
    ),
  )
  expect(await q.bodies()).toEqual(['1', '2', '3'])
  const waiting = q.reserve(1, { waitSeconds: 30 })
  await until(() =>
    q
      .through(other)
      .post('4')
      .then(
        () => true,
        () => false,
      ),
  )
  expect((await waiting).map(({ body }) => body.toString())).toEqual(['4'])
  expect(valueOf(await q.core.findQueue(q.on)).size).toBe(4)
})
