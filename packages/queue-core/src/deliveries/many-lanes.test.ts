import { expect, onTestFinished, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aPushQueue } from '../../test/a-push-queue.ts'
import { connect } from '../db/connect.ts'
import { createLanes } from './lanes.ts'

const a = await aCore()

test('a queue with more lanes than one search or the memory holds shuts out nobody', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `s${i}`)
  const wide = await aPushQueue(a, names, { retriesDelaySeconds: 3600 })
  await wide.postOne('work')
  await wide.deliver(() => 500)
  const other = await aPushQueue(a, ['a'], { retriesDelaySeconds: 3 })
  await other.postOne('work')
  await other.deliver(() => 500)
  await other.passUnnoticed(4)
  const queueId = await other.queueId()
  const sql = connect(a.database, { max: 1, pinned: true, name: 'weldmq lanes' })
  onTestFinished(() => sql.end())
  const lanes = createLanes(sql, 5, 10)
  await expect.poll(async () => (await lanes.due()).has(queueId)).toBe(true)
})
