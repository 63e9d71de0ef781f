import { until } from '@weldmq/testing'
import { expect, onTestFinished, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import { type Explained, explained } from '../../test/explained.ts'
import { connect } from '../db/connect.ts'
import { OWED, probeLanes } from './due.sql.ts'
import { createLanes } from './lanes.ts'

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

test('under an old snapshot a look does not walk over what was delivered since', async () => {
  const q = await aPushQueue(a, ['a'])
  await q.postOne('first')
  await q.deliver()
  const queueId = await q.queueId()
  const sql = connect(a.database, { max: 1, pinned: true, name: 'weldmq lanes' })
  onTestFinished(() => sql.end())
  const lanes = createLanes(sql)
  lanes.expect(queueId, OWED)
  const old = await a.sql.reserve()
  onTestFinished(async () => {
    await old`rollback`
    old.release()
  })
  await old`begin isolation level repeatable read`
  await old`select 1 from weldmq.messages limit 1`
  for (let round = 0; round < 20; round++) {
    await q.post(...Array.from({ length: 100 }, String))
    await lanes.due()
    await q.deliver()
  }
  const [delivered] = await a.sql`select now()::text as at`
  // The marks stay behind for a while, for those whom nobody has seen yet.
  await until(async () => {
    await q.postOne('one more')
    const [owed] = (await lanes.due()).get(queueId)!
    await q.deliver()
    const [passed] = await a.sql`select ${owed!.mark}::timestamptz > ${delivered!['at']}::timestamptz as it`
    return passed!['it']
  })
  await q.postOne('last')
  const [owed] = (await lanes.due()).get(queueId)!
  const explaining = explained(sql)
  const read = async (mark: string) => {
    const probe = probeLanes(explaining, [{ queueId, lane: OWED, mark }], '-infinity')
    return ((await probe) as unknown as Explained).buffers
  }
  const [fromTheMark, fromTheStart] = [await read(owed!.mark), await read('-infinity')]
  expect((await q.size()).totalMessages).toBeGreaterThan(1000)
  expect(fromTheMark).toBeLessThan(fromTheStart * 0.8)
})
