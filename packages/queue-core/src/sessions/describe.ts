import { type Result, ok, refuse } from '../refusal.ts'
import { type GaugeRow, describeById, gaugesOf, locate, queueIdsOf } from './describe.sql.ts'
import { usesElsewhere } from './presence.sql.ts'
import type { SessionParts, SessionState } from './session-parts.ts'
import type { MessageState, ProjectState, QueueState } from './session.ts'

const states = ['ready', 'delayed', 'reserved', 'buried'] as const

/** All that is known of one message. */
export async function describeMessage(
  { hot }: SessionParts,
  { project }: SessionState,
  messageId: number,
): Promise<Result<MessageState>> {
  const [place] = await locate(hot, project, messageId)
  const [row] = place ? await describeById(hot, place.queue_id, messageId) : []
  if (!row) return refuse({ kind: 'message_not_found', id: messageId })
  const { priority, reserves, timeouts, releases, buries, kicks } = row
  return ok({
    id: messageId,
    queue: place!.name,
    state: states[row.state]!,
    priority,
    ageSeconds: Math.max(0, Math.floor(row.age)),
    delaySeconds: row.delay,
    timeoutSeconds: row.timeout,
    secondsLeft: row.state === 1 || row.state === 2 ? Math.floor(row.left) : 0,
    reserves,
    timeouts,
    releases,
    buries,
    kicks,
  })
}

/** The messages of a queue by state, and who uses it; refused when there is no such queue. */
export async function describeQueue(
  parts: SessionParts,
  { project }: SessionState,
  queue: string,
): Promise<Result<QueueState>> {
  const { presence, lease, sql } = parts
  const queueId = isKept(parts, project, queue)
    ? await presence.queueId(project, queue)
    : await parts.directory.find(project, queue)
  const [row] = queueId === undefined ? [] : await gauges(parts, [queueId])
  if (!row) {
    parts.directory.forget(project, queue)
    return refuse({ kind: 'queue_not_found', queue })
  }
  const here = presence.here(project, queue)
  const [there] = await usesElsewhere(sql, row.queue_id, lease.current() ?? 0)
  return ok({
    name: queue,
    ...toGauges(row),
    posted: row.total,
    deleted: row.total - row.size,
    using: (here?.users ?? 0) + there!.users,
    watching: (here?.watchers ?? 0) + there!.watchers,
    waiting: (here?.waiters ?? 0) + there!.waiters,
    pauses: row.pauses,
    pauseSeconds: row.pause_seconds,
    pauseSecondsLeft: Math.floor(row.pause_left),
  })
}

/** The same, summed over all queues of the project. */
export async function describeProject(parts: SessionParts, { project }: SessionState): Promise<ProjectState> {
  const ids = (await queueIdsOf(parts.sql, project)).map((row) => row.id)
  const sum = { urgent: 0, ready: 0, reserved: 0, delayed: 0, buried: 0 }
  for (const row of await gauges(parts, ids)) {
    for (const gauge of Object.keys(sum) as (keyof typeof sum)[]) sum[gauge] += row[gauge]
  }
  return { ...sum, queues: ids.length, ...parts.tallies.of(project) }
}

const isKept = ({ presence }: SessionParts, project: string, queue: string) =>
  queue === 'default' || presence.namesOf(project).includes(queue)

/** What is due by now is ready before anything is counted. */
async function gauges({ sql, flipDue }: SessionParts, queueIds: number[]): Promise<readonly GaugeRow[]> {
  await flipDue()
  return gaugesOf(sql, queueIds)
}

const toGauges = ({ urgent, ready, reserved, delayed, buried }: GaugeRow) => ({
  urgent,
  ready,
  reserved,
  delayed,
  buried,
})
