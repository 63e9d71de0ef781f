import type { Firing } from '../alerts/firing.ts'
import { type Counters, Undone } from '../counters/counters.ts'
import type { Sql, Transaction } from '../db/connect.ts'
import { insertMessages } from '../line/post.sql.ts'
import { type NewRow, toColumns } from '../line/rows.ts'
import { limits } from '../limits.ts'
import type { Directory } from '../queues/directory.ts'
import type { Signals } from '../signals/signals.ts'
import type { Claim } from './claiming.ts'
import { endDeliveries, clearFailures, countFailures, recordOutcomes, startPauses, stillOwed } from './record.sql.ts'
import type { Settled } from './settle.ts'

/** What becomes of a claim, and what is posted because of it, in the same transaction. */
export type Outcome = {
  claim: Claim
  settled: Settled | { state: 'stopped' }
  /** Counted against the receiver, or for it; undefined where nothing was tried. */
  answered?: 'well' | 'badly'
  /** Into the queue of that name of that project. */
  posts?: { project: string; queue: string; row: NewRow }
}

export type RecordParts = {
  sql: Sql
  counters: Counters
  directory: Directory
  signals: Signals
  firing: Firing
}

/** Ends the transaction of a record whose target was deleted in the meantime. */
class TargetGone extends Undone {}

const STATES = { waiting: 0, accepted: 2, delivered: 3, failed: 4, stopped: 5 }
const MOST_ATTEMPTS = 3

/**
 * Writes down what became of claims, ends messages that nothing is owed of any more, and posts what follows from it, all
 * in one transaction (promises I16, I17). A claim that has ended meanwhile changes nothing and posts nothing.
 */
export async function recordAll(parts: RecordParts, outcomes: Outcome[]): Promise<void> {
  // One order everywhere: the transaction locks rows of several messages.
  const inOrder = outcomes.toSorted(
    (a, b) => a.claim.queueId - b.claim.queueId || a.claim.messageId - b.claim.messageId,
  )
  const sorted = await withoutVainReports(parts, inOrder)
  for (let attempt = 1; ; attempt++) {
    const targets = await findTargets(parts, sorted)
    // What can be posted nowhere, since its project is going, stays claimed until the claim ends.
    const possible = sorted.filter(({ posts }) => !posts || targets.has(keyOf(posts)))
    if (possible.length === 0) return
    const queueIds = [...new Set([...possible.map(({ claim }) => claim.queueId), ...targets.values()])]
    try {
      const posted = await parts.counters.count(queueIds, (slot, seq) =>
        parts.sql.begin((tx) => write(tx, possible, targets, { slot, seq })),
      )
      for (const [queueId, rows] of posted as Posted) {
        parts.signals.ready(queueId, rows.length)
        parts.firing.changed(queueId, rows)
        await parts.firing.settled(queueId)
      }
      return
    } catch (fault) {
      if (!(fault instanceof TargetGone) || attempt === MOST_ATTEMPTS) throw fault
      for (const { posts } of sorted) if (posts) parts.directory.forget(posts.project, posts.queue)
    }
  }
}

/** Nothing is reported about what was deleted, or expired, while the last attempt was under way (push.md Q6, Q7). */
async function withoutVainReports({ sql }: RecordParts, outcomes: Outcome[]): Promise<Outcome[]> {
  const isReport = ({ posts, settled }: Outcome) => posts !== undefined && settled.state === 'failed'
  const reported = outcomes.filter(isReport).map(({ claim }) => claim)
  if (reported.length === 0) return outcomes
  const queueIds = reported.map(({ queueId }) => queueId)
  const messageIds = reported.map(({ messageId }) => messageId)
  const owed = new Set((await stillOwed(sql, { queueIds, messageIds })).map(({ id }) => id))
  return outcomes.map((one) => {
    if (!isReport(one) || owed.has(one.claim.messageId)) return one
    const { posts: _, ...rest } = one
    return rest
  })
}

type Posted = Map<number, { id: number; alerted: boolean | null; pushed: boolean }[]>
type Counted = { slot: number; seq: number }

const keyOf = ({ project, queue }: { project: string; queue: string }) => `${project}/${queue}`

/** The queues that something is posted to; made where they do not exist (push.md E2, I1). */
async function findTargets({ directory }: RecordParts, outcomes: Outcome[]): Promise<Map<string, number>> {
  const targets = new Map<string, number>()
  for (const { posts } of outcomes) {
    if (!posts || targets.has(keyOf(posts))) continue
    const id = await directory.findOrCreate(posts.project, posts.queue)
    if (id !== undefined) targets.set(keyOf(posts), id)
  }
  return targets
}

async function write(
  tx: Transaction,
  outcomes: Outcome[],
  targets: Map<string, number>,
  counted: Counted,
): Promise<Posted> {
  const held = new Set((await recordOutcomes(tx, toOutcomeColumns(outcomes))).map((row) => row.reservation))
  const written = outcomes.filter(({ claim }) => held.has(claim.reservationId))
  const posted: Posted = new Map()
  for (const [key, queueId] of targets) {
    const rows = written.flatMap(({ posts }) => (posts && keyOf(posts) === key ? [posts.row] : []))
    if (rows.length === 0) continue
    const stored = await insertMessages(tx, { queueId, ...counted, ...toColumns(rows) })
    if (stored.length === 0) throw new TargetGone()
    posted.set(queueId, stored)
  }
  await endAll(
    tx,
    written.filter(({ settled }) => STATES[settled.state] >= 3).map(({ claim }) => claim),
    counted,
  )
  await keepHealth(tx, written)
  return posted
}

const toOutcomeColumns = (outcomes: Outcome[]) => ({
  queueIds: outcomes.map(({ claim }) => claim.queueId),
  messageIds: outcomes.map(({ claim }) => claim.messageId),
  subscribers: outcomes.map(({ claim }) => claim.lane),
  reservations: outcomes.map(({ claim }) => claim.reservationId),
  states: outcomes.map(({ settled }) => STATES[settled.state]),
  seconds: outcomes.map(({ settled }) =>
    STATES[settled.state] >= 3 ? limits.statusKeepSeconds : 'seconds' in settled ? settled.seconds : 0,
  ),
  ...toAttemptColumns(
    outcomes.map(({ claim, settled }) => ('tries' in settled ? settled : { ...unchanged, ...claim })),
  ),
  attempted: outcomes.map(({ answered }) => (answered === undefined ? 0 : 1)),
})

const unchanged = { statusCode: 0, failure: null }

const toAttemptColumns = (all: Pick<Settled, 'tries' | 'statusCode' | 'failure' | 'tried'>[]) => ({
  tries: all.map(({ tries }) => tries),
  statusCodes: all.map(({ statusCode }) => statusCode),
  failures: all.map(({ failure }) => failure),
  tried: all.map(({ tried }) => (tried && tried.length > 0 ? JSON.stringify(tried) : null)),
})

/**
 * Takes ended deliveries off their messages; a row that somebody was just changing is asked for again. Answers how many
 * messages are back in the ready line.
 */
export async function endAll(
  tx: Transaction,
  ended: { queueId: number; messageId: number }[],
  counted: Counted,
): Promise<number> {
  let ready = 0
  const counts = new Map<number, { queueId: number; messageId: number; n: number }>()
  for (const { queueId, messageId } of ended) {
    const one = counts.get(messageId)
    if (one) one.n++
    else counts.set(messageId, { queueId, messageId, n: 1 })
  }
  while (counts.size > 0) {
    const left = [...counts.values()]
    const rows = await endDeliveries(tx, {
      queueIds: left.map(({ queueId }) => queueId),
      messageIds: left.map(({ messageId }) => messageId),
      ended: left.map(({ n }) => n),
      keepSeconds: limits.doneKeepSeconds,
      ...counted,
    })
    ready += rows.filter((row) => row.state === 0).length
    const changed = new Set(rows.filter((row) => row.state === null).map((row) => row.id))
    for (const messageId of counts.keys()) if (!changed.has(messageId)) counts.delete(messageId)
  }
  return ready
}

/** Only queues that pause those who keep failing keep count. */
async function keepHealth(tx: Transaction, outcomes: Outcome[]): Promise<void> {
  const byReceiver = new Map<string, { queueId: number; id: number; after: number; badly: number; well: boolean }>()
  for (const { claim, answered } of outcomes) {
    const after = claim.push.pauseAfter
    if (after === undefined || answered === undefined) continue
    const key = `${claim.queueId}/${claim.subscriber.id}`
    const one = byReceiver.get(key) ?? { queueId: claim.queueId, id: claim.subscriber.id, after, badly: 0, well: false }
    if (answered === 'well') one.well = true
    else one.badly++
    byReceiver.set(key, one)
  }
  if (byReceiver.size === 0) return
  const all = [...byReceiver.values()].sort((a, b) => a.queueId - b.queueId || a.id - b.id)
  const well = all.filter((one) => one.well)
  if (well.length > 0) await clearFailures(tx, toReceiverColumns(well))
  const badly = all.filter((one) => !one.well)
  if (badly.length === 0) return
  const columns = toReceiverColumns(badly)
  await countFailures(tx, { ...columns, failures: badly.map((one) => one.badly) })
  const pauseAfter = badly.map((one) => one.after)
  await startPauses(tx, { ...columns, pauseAfter, pauseSeconds: limits.subscriberPauseSeconds })
}

const toReceiverColumns = (all: { queueId: number; id: number }[]) => ({
  queueIds: all.map(({ queueId }) => queueId),
  subscribers: all.map(({ id }) => id),
})
