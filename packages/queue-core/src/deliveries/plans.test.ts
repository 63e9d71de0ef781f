import { testDatabase } from '@weldmq/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Explained, explained } from '../../test/explained.ts'
import { type Sql, connect } from '../db/connect.ts'
import { migrate } from '../db/migrate.ts'
import { newReservationId } from '../line/reservation-id.ts'
import { acknowledgeHeld, acknowledgeOne, deliveriesOf, touchAccepted } from './acknowledge.sql.ts'
import { claimWaiting, openOwed, unclaim } from './claim.sql.ts'
import { OWED, findLanes, probeLanes, readDelivering } from './due.sql.ts'
import { forgetEnded, purgeDeliveries, stopDue, unowe } from './ending.sql.ts'
import { endDeliveries, recordOutcomes } from './record.sql.ts'

const database = await testDatabase({ prepare: migrate })
const open = () => connect(database, { max: 1, pinned: true, name: 'test' })
const sql = open()
const emptyWhenPlanned = open()
afterAll(() => Promise.all([sql.end(), emptyWhenPlanned.end()]))

const ROWS = 64
/** What 64 rows may touch, with all their index entries, in whatever statement; a walk touches many thousands. */
const MOST_BUFFERS = 50 * ROWS
const onOld = explained(emptyWhenPlanned)
const QUEUE = 1
const GONE = 2
const SUBSCRIBERS = [1, 2, 3]
let seq = 0

const fill = (from: number, to: number) => sql`
  with m as (
    insert into weldmq.messages (queue_id, id, position, priority, lane, state, due_at, expires_at, body, owed)
    select ${QUEUE}, i, i, 65536, 0, case when i % 4 = 0 then 4 else 5 end,
           case when i % 4 = 0 then now() - interval '1 s' end, now() + interval '1 week', 'some body or other',
           case when i % 4 > 0 then 3 end
      from generate_series(${from}::int, ${to}::int) i returning id, state),
  d as (
    insert into weldmq.deliveries (queue_id, message_id, subscriber, state, due_at, reservation)
    select ${QUEUE}, id, s, case id % 5 when 0 then 3 when 1 then 2 else 0 end,
           now() + make_interval(secs => id % 1000 - 500), gen_random_uuid()
      from m cross join unnest(${SUBSCRIBERS}::bigint[]) s where state = 5)
  insert into weldmq.deliveries (queue_id, message_id, subscriber, state, due_at)
  select ${GONE}, id, 1, 0, now() + interval '1 hour' from m`

async function runEach(on: Sql): Promise<Map<string, Explained>> {
  const went = new Map<string, Explained>()
  const run = async (name: string, statement: PromiseLike<unknown>) => {
    went.set(name, (await statement) as Explained)
  }
  const reservations = Array.from({ length: ROWS }, newReservationId)
  const claims = await claimWaiting(sql, {
    queueId: QUEUE,
    lanes: [1],
    marks: ['-infinity'],
    rooms: [ROWS],
    bytes: 1e6,
    claimSeconds: 60,
    reservations,
  })
  const rows = claims.length > 0 ? claims : reservations.map((reservation, i) => ({ message_id: i, reservation }))
  const messageIds = rows.map((row) => row.message_id)
  const held = rows.map((row) => row.reservation)
  const each = <T>(value: T) => rows.map(() => value)
  const tx = on as never

  await run('lanes', findLanes(on, { owed: 0, begun: { queueId: 0, lane: 0 } }, 100))
  const known = [OWED, ...SUBSCRIBERS].map((lane) => ({ queueId: QUEUE, lane, mark: '-infinity' }))
  await run('probe', probeLanes(on, known, '-infinity'))
  await run('queues', readDelivering(on, [QUEUE]))
  const some = Array.from({ length: ROWS }, newReservationId)
  const marks = SUBSCRIBERS.map(() => '-infinity')
  await run(
    'claim',
    claimWaiting(on, {
      queueId: QUEUE,
      lanes: SUBSCRIBERS,
      marks,
      rooms: [20, 20, 20],
      bytes: 1000,
      claimSeconds: 60,
      reservations: some,
    }),
  )
  const opening = {
    queueId: QUEUE,
    mark: '-infinity',
    limit: 20,
    bytes: 1000,
    lanes: SUBSCRIBERS,
    rooms: [20, 10, 0],
    claimSeconds: 60,
    keepSeconds: 600,
  }
  await run('open', openOwed(on, { ...opening, slot: 1, seq: ++seq }))
  await run(
    'unclaim',
    unclaim(on, { queueId: QUEUE, messageIds: messageIds.slice(0, 2), reservations: held.slice(0, 2) }),
  )
  const outcome = { states: each(3), seconds: each(60), tries: each(1), statusCodes: each(200), failures: each(null) }
  const which = { queueIds: each(QUEUE), messageIds, subscribers: each(1), reservations: held }
  await run('record', recordOutcomes(tx, { ...which, ...outcome, tried: each(null), attempted: each(1) }))
  const ended = { queueIds: each(QUEUE), messageIds, ended: each(1), keepSeconds: { delivered: 600, failed: 600 } }
  await run('end', endDeliveries(tx, { ...ended, slot: 1, seq: ++seq }))
  const one = { queueId: QUEUE, messageId: 6, reservation: newReservationId() }
  await run('acknowledge', acknowledgeOne(tx, { ...one, subscriber: 1, keepSeconds: 60 }))
  const several = { queueId: QUEUE, messageIds, reservations: held, receivers: each('{1,2}'), keepSeconds: 60 }
  await run('acknowledge several', acknowledgeHeld(tx, several))
  await run('touch', touchAccepted(on, { ...one, newReservation: newReservationId(), seconds: 60 }))
  await run('list', deliveriesOf(on, QUEUE, 6))
  await run('stop', stopDue(tx, { queueId: QUEUE, lanes: [3], limit: ROWS, keepSeconds: 60 }))
  await run('return', unowe(on, QUEUE, ROWS))
  await run('forget', forgetEnded(on, ROWS))
  await run('purge', purgeDeliveries(on, ROWS))
  return went
}

const walks = /Seq Scan|Bitmap|Hash Join|Merge Join|Materialize/
const tables = ['messages', 'deliveries']

function expectNoWalks(went: Map<string, Explained>) {
  for (const [name, { nodes, buffers }] of went) {
    for (const node of nodes) {
      if (!tables.includes(node['Relation Name'] ?? '')) continue
      expect([name, node['Node Type']]).toEqual([name, expect.not.stringMatching(walks)])
    }
    expect([name, buffers]).toEqual([name, expect.toSatisfy((n: number) => n <= MOST_BUFFERS)])
  }
}

const push = {
  type: 'multicast',
  retries: 3,
  retriesDelaySeconds: 60,
  door: 'v3',
  key: 'k',
  removed: [],
  subscribers: SUBSCRIBERS.map((id) => ({ id, after: 0, name: `s${id}`, url: 'http://example.com/' })),
}

beforeAll(async () => {
  for (const table of tables) await sql`alter table weldmq.${sql(table)} set (autovacuum_enabled = false)`
  await sql`
    insert into weldmq.queue_state (queue_id, message_timeout, message_expiration, prios, marks, push)
    values (${QUEUE}, 60, 604800, '{65536}', '{0}', ${JSON.stringify(push)}::text::jsonb)`
  await sql`insert into weldmq.deleted_queues (queue_id) values (${GONE})`
  for (const table of tables) await sql`analyze weldmq.${sql(table)}`
  await runEach(onOld)
  await fill(1, 100_000)
}, 120_000)

test('no statement walks: on rows that nothing has analyzed, with plans from when the tables were empty', async () => {
  expectNoWalks(await runEach(onOld))
})

test('no statement walks: on rows that nothing has analyzed, with fresh plans', async () => {
  expectNoWalks(await runEach(explained(sql)))
})

test('no statement walks: on a million deliveries that were analyzed', { timeout: 240_000 }, async () => {
  await fill(100_001, 400_000)
  for (const table of tables) await sql`analyze weldmq.${sql(table)}`
  const fresh = open()
  expectNoWalks(await runEach(explained(fresh)))
  await fresh.end()
})
