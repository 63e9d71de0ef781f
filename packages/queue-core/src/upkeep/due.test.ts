import { until } from '@weldmq/testing'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { aCore } from '../../test/a-core.ts'
import { aGateway } from '../../test/a-gateway.ts'
import { aTransaction } from '../../test/a-transaction.ts'
import { connect } from '../db/connect.ts'

const a = await aCore()
// Its own background work would find everything first.
await a.core.stop()
const gateway = aGateway(a.database)
afterAll(() => gateway.stop())

let ids = 0

/** A row of a queue that nothing else knows, reserved until the moment given as SQL. */
const reserveUntil = (sql: Pick<typeof a.sql, 'unsafe'>, due: string) =>
  sql.unsafe(`
    insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, expires_at, body)
    values (1, ${++ids}, ${ids}, 1, 0, 2, ${due}, now() + interval '1 hour', 'x')`)

/** Until a round finds nothing more: when the machine is slow, a caller has his answer before the round has ended. */
const flipAll = () => until(async () => (await gateway.parts.flipDue()) === 0)

/** Whether the last of those rows is reserved no longer. */
async function isFree() {
  const [row] = await a.sql`select state from weldmq.messages where id = ${ids}`
  return row!['state'] !== 2
}

test('what was due while somebody held it is found when he lets it go unchanged', async () => {
  await reserveUntil(a.sql, `now() - interval '10 s'`)
  const holder = await aTransaction(a)
  await holder.sql`select 1 from weldmq.messages for update`
  for (let round = 0; round < 3; round++) await flipAll()
  expect(await isFree()).toBe(false)
  await holder.rollback()
  await flipAll()
  expect(await isFree()).toBe(true)
})

test('what a slow transaction writes is found, however late it commits', async () => {
  const slow = connect(a.database, { max: 1, pinned: false, name: 'weldmq' })
  try {
    const held = await slow.reserve()
    await held`begin`
    await held`select now()`
    // Longer than the three seconds that a mark stays behind in any case, and the one of the shortest delay.
    await pause(4200)
    for (let round = 0; round < 3; round++) await flipAll()
    await reserveUntil(held, `now() + interval '1 s'`)
    await held`commit`
    held.release()
    await flipAll()
    expect(await isFree()).toBe(true)
  } finally {
    await slow.end()
  }
})
