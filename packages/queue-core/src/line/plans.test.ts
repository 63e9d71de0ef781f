import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase } from '@weldmq/testing'
import { type Explained, explained } from '../../test/explained.ts'
import { type Sql, connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { countIn, putIn, takeOut } from '../messages/dead-letter.sql.ts'
import { queuesWithReady } from '../signals/notify.sql.ts'
import { deleteExpired, purgeDeleted } from '../upkeep/upkeep.sql.ts'
import { deleteById, deleteEachById, releaseById, touchById } from './by-id.sql.ts'
import { deleteNext, deleteReserved, deleteTogether, lastIdGiven } from './finish.sql.ts'
import { deleteEach } from './finish-each.sql.ts'
import { flipDue, releaseReserved, touchReserved } from './give-back.sql.ts'
import { gatherStragglers, lookAtLines, storeMarks } from './keep.sql.ts'
import { findById, inspect, peekReady } from './look.sql.ts'
import { toColumns } from './rows.ts'
import { buryReserved, firstBuried, firstDelayed, kickBuried, kickById, kickDelayed } from './bury.sql.ts'
import { reserveAcross, toHintColumns } from './reserve-across.sql.ts'
import { reserveById } from './reserve-by-id.sql.ts'
import { describeById, locate } from '../sessions/describe.sql.ts'
import { reclaimHeld } from '../sessions/lease.sql.ts'
import { whatEnded, whichAreGone } from '../streams/look.sql.ts'
import { messagesAfter } from '../streams/tail.sql.ts'
import { insertEach } from './post-each.sql.ts'
import { insertMessages } from './post.sql.ts'
import { newReservationId } from './reservation-id.ts'
import { reserveEach } from './reserve-each.sql.ts'
import { reserveReady } from './reserve.sql.ts'

const database = await testDatabase({ prepare: migrate })
const open = () => connect(database, { max: 1, pinned: true, name: 'test' })
const sql = open()
const emptyWhenPlanned = open()
afterAll(() => Promise.all([sql.end(), emptyWhenPlanned.end()]))

const ROWS = 64
/** What 64 rows may touch, with all their index entries, in whatever statement; a walk touches many thousands. */
const MOST_BUFFERS = 40 * ROWS

const QUEUE = 1
const DEAD_LETTERS = 2
const DELETED = 3
const hints = { marks: [], low: 1 }
let seq = 0

/** Adds rows in the proportions of a busy queue: mostly ready, some in return lanes, some held, late, old or others'. */
const fill = (from: number, to: number) => sql`
  insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, reservation, expires_at, body)
  select case when i % 20 = 0 then 1000 + i % 64 when i % 20 = 1 then ${DELETED} else ${QUEUE} end,
         i, i, case i % 7 when 0 then 5 else 65536 end, case when i % 10 in (2, 3) then 1 + i % 3 else 0 end,
         case i % 10 when 4 then 1 when 5 then 2 else 0 end,
         case when i % 10 in (4, 5) then now() + make_interval(secs => i % 1000 - 500) end,
         case i % 10 when 5 then gen_random_uuid() end,
         now() + case when i % 10 = 6 then interval '-1 minute' else interval '1 week' end, 'some body or other'
    from generate_series(${from}::int, ${to}::int) i`

/** Reserves so many and says which: set-up, not measured. */
async function held(holder = 7) {
  const reservations = Array.from({ length: ROWS }, newReservationId)
  const rows = await reserveReady(sql, {
    queueId: QUEUE,
    window: ROWS,
    hints,
    timeoutsSeconds: Array<number>(ROWS).fill(60),
    holders: Array<number | null>(ROWS).fill(holder),
    reservations,
  })
  if (rows[0]!.id === null) return { ids: reservations.map((_, i) => i), reservations } // an empty queue, once
  return { ids: rows.map((row) => row.id!), reservations: rows.map((row) => row.reservation) }
}

/** Runs every statement that touches messages once, with 64 rows where it takes several, and says how each went. */
async function runEach(on: Sql): Promise<Map<string, Explained>> {
  const went = new Map<string, Explained>()
  const run = async (name: string, statement: PromiseLike<unknown>) => {
    went.set(name, (await statement) as Explained)
  }
  const counted = () => ({ queueId: QUEUE, slot: 1, seq: ++seq })
  const bodies = Array.from({ length: ROWS }, () => Buffer.from('work'))
  const rows = bodies.map((body) => ({
    body,
    delaySeconds: 0,
    priority: 65_536,
    timeoutSeconds: null,
    expirationSeconds: null,
    pushHeaders: null,
  }))

  await run('post', insertMessages(on, { ...counted(), ...toColumns(rows) }))
  const timeoutsSeconds = Array<number>(ROWS).fill(60)
  const reservations = Array.from({ length: ROWS }, newReservationId)
  const holders = Array<number>(ROWS).fill(7)
  await run(
    'reserve',
    reserveReady(on, { queueId: QUEUE, window: ROWS, hints, timeoutsSeconds, holders, reservations }),
  )

  const several = Array.from({ length: 16 }, (_, i) => (i === 0 ? QUEUE : 1000 + i))
  const fromEach = several.map((queueId) => ({
    ...{ queueId, window: 4, hints, timeoutsSeconds: [60, 60, 60, 60], holders: [null, null, null, null] },
    reservations: Array.from({ length: 4 }, newReservationId),
  }))
  const shares = several.map((queueId) => ({ queueId, count: 4 }))
  await run('post to several', insertEach(on, shares, { slot: 1, seq: ++seq, ...toColumns(rows) }))
  await run('reserve from several', reserveEach(on, fromEach))
  const queueIds = several.flatMap((queueId) => [queueId, queueId, queueId, queueId])
  const inEach = { among: several, queueIds, ...(await held()) }
  await run('delete from several', deleteEach(on, { slot: 1, seq: ++seq, ...inEach }))

  const touched = await held()
  const counts = Array<1>(ROWS).fill(1)
  const newReservations = Array.from({ length: ROWS }, newReservationId)
  await run('touch', touchReserved(on, { queueId: QUEUE, ...touched, newReservations, timeoutsSeconds, counts }))
  const priorities = Array<number>(ROWS).fill(-1)
  const delaysSeconds = touched.ids.map((_, i) => i % 2)
  await run('release', releaseReserved(on, { queueId: QUEUE, ...(await held()), delaysSeconds, priorities, counts }))
  const { ids } = await held()
  await run('delete reserved', deleteReserved(on, { ...counted(), ...(await held()) }))
  await run('delete together', deleteTogether(on, { ...counted(), ...(await held()) }))

  const open = await held(0)
  await run('touch by id', touchById(on, { queueId: QUEUE, ids: open.ids, newReservations }))
  await run('release by id', releaseById(on, { queueId: QUEUE, ids: open.ids, delaysSeconds }))
  await run('delete by id', deleteById(on, { ...counted(), ids: open.ids.slice(0, ROWS / 2) }))
  const rest = { ids: open.ids.slice(ROWS / 2), queueIds: Array<number>(ROWS / 2).fill(QUEUE) }
  await run('delete each by id', deleteEachById(on, { among: [QUEUE, DEAD_LETTERS], slot: 1, seq: ++seq, ...rest }))

  await run('clear', deleteNext(on, { ...counted(), after: 100, upTo: 1e9, limit: ROWS }))
  await run('last id', lastIdGiven(on, QUEUE))
  await run('take out dead letters', takeOut(on as never, { ...counted(), ...(await held()) }))
  const dead = {
    id: 1e9 + seq,
    position: 1,
    priority: 1,
    reserved_count: 1,
    body: bodies[0]!,
    push_headers: null,
    timeout_seconds: null,
    alerted: null,
  }
  await run('put in a dead letter', putIn(on as never, { queueId: DEAD_LETTERS, row: dead }))
  await run('count dead letters', countIn(on as never, { ...counted(), count: 1 }))

  const { ids: buried, reservations: burying } = await held()
  await run('bury', buryReserved(on, { queueId: QUEUE, ids: buried, reservations: burying, priorities }))
  await run('first buried', firstBuried(on, QUEUE))
  await run('first delayed', firstDelayed(on, QUEUE))
  await run('kick buried', kickBuried(on, { queueId: QUEUE, limit: ROWS }))
  await run('kick delayed', kickDelayed(on, { queueId: QUEUE, limit: ROWS }))
  await run('kick one', kickById(on, { queueId: QUEUE, id: 9 }))
  const hold = { timeoutSeconds: -1, holder: 7 }
  await run('reserve one', reserveById(on, { queueId: QUEUE, id: 11, reservation: newReservationId(), ...hold }))
  const across = { ...toHintColumns([QUEUE, 1000, 1001], () => hints), window: ROWS, timeoutsSeconds, holders }
  await run(
    'reserve across',
    reserveAcross(on, { ...across, reservations: Array.from({ length: ROWS }, newReservationId) }),
  )
  await run('reclaim', reclaimHeld(on, ROWS))
  await run('locate', locate(on, 'project', 12))
  await run('describe', describeById(on, QUEUE, 12))

  await run('peek', peekReady(on, { queueId: QUEUE, count: ROWS, hints }))
  await run('find', findById(on, { queueId: QUEUE, id: ids[1]! }))
  await run('inspect', inspect(on, { queueId: QUEUE, ids }))
  await run(
    'signals',
    queuesWithReady(
      on,
      Array.from({ length: ROWS }, (_, i) => 1000 + i),
    ),
  )

  await run('what ended', whatEnded(on, { queueIds: Array<number>(ROWS).fill(QUEUE), ...(await held()) }))
  await run('which are gone', whichAreGone(on, several))
  const among = several.slice(0, 8)
  const wanted = among.map((queueId) => ({ queueId, after: 1000, shown: ids, limit: ROWS / among.length }))
  await run('tails', messagesAfter(on, { among, wanted, bytes: 1e9 }))

  const known = [QUEUE, 1001, 1002].map((queueId) => ({ queueId, hints: { marks: [1, 1], low: 1 } }))
  await run('look at the line', lookAtLines(on, known))
  await run('store marks', storeMarks(on, known))
  await run('flip due', flipDue(on, { mark: '-infinity', limit: ROWS }))
  await run('delete expired', deleteExpired(on, { slot: 1, seq: ++seq, mark: '-infinity', limit: ROWS }))
  await run('purge', purgeDeleted(on, ROWS))
  await run('gather stragglers', gatherStragglers(on, { queueId: QUEUE, lane: 1 }))
  return went
}

/** This one always takes 500 rows. */
const LARGER: Record<string, number> = { 'gather stragglers': 500 / ROWS }

const joinsAndScansThatWalk = /Seq Scan|Bitmap|Hash Join|Merge Join|Materialize/

function expectNoWalk(name: string, { nodes, buffers }: Explained) {
  for (const node of nodes) {
    if (node['Relation Name'] === 'message_id') continue // a sequence is one row
    if (node['Relation Name'] === 'gateways') continue // there are a few
    expect([name, node['Node Type']]).toEqual([name, expect.not.stringMatching(joinsAndScansThatWalk)])
    if (node['Relation Name'] !== 'messages' || node['Node Type'] === 'ModifyTable') continue
    if (node['Node Type'] === 'Tid Scan') continue
    const way = [name, node['Node Type'], node['Index Name'], node['Index Cond']]
    expect([way, node['Node Type']]).toEqual([way, expect.stringMatching(/^Index (Only )?Scan$/)])
    const begins = { messages_due: '((due_at ', messages_expiring: '((expires_at ', messages_held: '((holder ' }[
      node['Index Name'] ?? ''
    ]
    if (begins) expect([way, node['Index Cond']]).toEqual([way, expect.stringContaining(begins)])
    else expect([way, node['Index Cond']]).toEqual([way, expect.stringMatching(/^\(*queue_id = /)])
    if (node['Index Name'] === 'messages_ready') {
      expect([way, node['Index Cond']]).toEqual([way, expect.stringMatching(/lane = /)])
    }
  }
  expect([name, buffers]).toEqual([name, expect.toSatisfy((n: number) => n <= MOST_BUFFERS * (LARGER[name] ?? 1))])
}

const expectNoWalks = (went: Map<string, Explained>) => {
  for (const [name, how] of went) expectNoWalk(name, how)
}

describe('no statement walks', () => {
  const onOld = explained(emptyWhenPlanned)

  beforeAll(async () => {
    await sql`alter table weldmq.messages set (autovacuum_enabled = false)`
    await sql`
      insert into weldmq.queue_state (queue_id, message_timeout, message_expiration, prios, marks, cur)
      select id, 60, 604800, '{65536,5}', '{0,0}', 3
        from unnest(${[QUEUE, DEAD_LETTERS, ...Array.from({ length: 64 }, (_, i) => 1000 + i)]}::bigint[]) id`
    await sql`insert into weldmq.deleted_queues (queue_id) values (${DELETED})`
    await sql`insert into weldmq.gateways (id, given_up) overriding system value values (7, true)`
    await sql`select setval('weldmq.message_id', 10000000)`
    await sql`analyze weldmq.messages`
    await runEach(onOld)
    await fill(1, 200_000)
  }, 120_000)

  test('on 200,000 rows that nothing has analyzed, with plans from when the table was empty', async () => {
    expectNoWalks(await runEach(onOld))
  })

  test('on 200,000 rows that nothing has analyzed, with fresh plans', async () => {
    expectNoWalks(await runEach(explained(sql)))
  })

  test('on 1,000,000 rows that were analyzed', { timeout: 240_000 }, async () => {
    await fill(200_001, 1_000_000)
    await sql`analyze weldmq.messages`
    const fresh = open()
    expectNoWalks(await runEach(explained(fresh)))
    await fresh.end()
  })

  test(
    'on 200,000 ready rows, with plans from when all there was had been reserved',
    { timeout: 240_000 },
    async () => {
      await sql`truncate weldmq.messages`
      await sql`
      insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, expires_at, body)
      select ${QUEUE}, i, i, 65536, 0, 2, now() + interval '1 hour', now() + interval '1 week', 'some body or other'
        from generate_series(300001, 320000) i`
      await sql`vacuum analyze weldmq.messages`
      const planned = open()
      const onPlanned = explained(planned)
      await runEach(onPlanned)
      await fill(1, 200_000)
      expectNoWalks(await runEach(onPlanned))
      await planned.end()
    },
  )
})
