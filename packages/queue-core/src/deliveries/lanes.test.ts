import { expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import { connect } from '../db/connect.ts'

const a = await aCore()

test('what is committed long after it was written is found, although the marks have moved on', async () => {
  const q = await aPushQueue(a, ['a'])
  await q.postOne('first')
  await q.deliver()
  const queueId = await q.queueId()
  const slow = connect(a.database, { max: 1, pinned: false, name: 'weldmq slow' })
  const began = performance.now()
  await slow.begin(async (tx) => {
    await tx`
      insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, expires_at, body)
      select ${queueId}, nextval('weldmq.message_id'), 1, 1, 0, 4, now(), now() + interval '1 day', 'slow'`
    // Longer than the marks stay behind for those whom nobody has seen yet.
    while (performance.now() - began < 1500) {
      await q.post('quick')
      await q.deliver()
    }
  })
  await slow.end()
  const bodies: string[] = []
  await q.deliver(({ body }) => {
    bodies.push(body.toString())
    return 200
  })
  expect(bodies).toEqual(['slow'])
})

test('under an old snapshot a claim does not walk over what was delivered since', async () => {
  const q = await aPushQueue(a, ['a'])
  await q.postOne('first')
  await q.deliver()
  const old = await a.sql.reserve()
  await old`begin isolation level repeatable read`
  await old`select 1 from weldmq.messages limit 1`
  const read = async () => {
    const [row] = await a.sql`
      select sum(idx_tup_read)::int as read from pg_stat_user_indexes
       where indexrelname in ('messages_owed', 'deliveries_due')`
    return Number(row!['read'])
  }
  const began = performance.now()
  while (performance.now() - began < 3000) {
    await q.post(...Array.from({ length: 100 }, String))
    await q.deliver()
  }
  const total = (await q.size()).totalMessages
  await a.sql`select pg_stat_clear_snapshot()`
  const before = await read()
  for (let i = 0; i < 20; i++) {
    await q.postOne('another')
    await q.deliver()
  }
  await old`rollback`
  old.release()
  // Each delivery looks a few times at its lanes; without marks each look reads an entry for whatever was delivered.
  expect(total).toBeGreaterThan(2000)
  expect((await read()) - before).toBeLessThan(20 * total)
})
