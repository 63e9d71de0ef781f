import { firstBuried, firstDelayed, kickBuried, kickById, kickDelayed } from '../line/bury.sql.ts'
import { findById, peekReady } from '../line/look.sql.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { locate } from './describe.sql.ts'
import type { SessionParts, SessionState } from './session-parts.ts'
import type { HeldMessage } from './session.ts'

/** Messages that one statement kicks. */
const BATCH = 1000

/** One message in whatever queue and state. */
export async function peekForSession(
  { hot }: SessionParts,
  { project }: SessionState,
  messageId: number,
): Promise<Result<HeldMessage>> {
  const [place] = await locate(hot, project, messageId)
  const [found] = place ? await findById(hot, { queueId: place.queue_id, id: messageId }) : []
  return found ? ok({ id: found.id, body: found.body }) : refuse({ kind: 'message_not_found', id: messageId })
}

/** The message of the used queue that would be reserved, be ready or be kicked first; a pause makes no difference. */
export async function peekNextForSession(
  parts: SessionParts,
  { project, used }: SessionState,
  state: 'ready' | 'delayed' | 'buried',
): Promise<Result<HeldMessage>> {
  const queueId = await parts.directory.find(project, used)
  if (queueId !== undefined) {
    await parts.flipDue()
    const [row] =
      state === 'ready'
        ? await peekReady(parts.hot, { queueId, count: 1, hints: parts.keeper.hints(queueId) })
        : await (state === 'buried' ? firstBuried : firstDelayed)(parts.hot, queueId)
    if (row && row.id !== null) return ok({ id: row.id, body: row.body })
  }
  return refuse({ kind: 'message_not_found', id: 0 })
}

/** Makes buried messages of the used queue ready, those buried first before others; delayed ones if none is buried. */
export async function kickForSession(
  parts: SessionParts,
  { project, used }: SessionState,
  count: number,
): Promise<number> {
  const queueId = await parts.directory.find(project, used)
  if (queueId === undefined) return 0
  let kicked = 0
  for (const kick of [kickBuried, kickDelayed]) {
    for (let batch = BATCH; batch === BATCH && kicked < count; kicked += batch) {
      batch = (await kick(parts.hot, { queueId, limit: Math.min(BATCH, count - kicked) })).length
      if (batch > 0) parts.signals.ready(queueId, batch)
    }
    if (kicked > 0) break
  }
  return kicked
}

/** Makes that message ready if it is buried or delayed, in whatever queue. */
export async function kickMessageForSession(
  parts: SessionParts,
  { project }: SessionState,
  messageId: number,
): Promise<Result<void>> {
  const [place] = await locate(parts.hot, project, messageId)
  const kicked = place ? await kickById(parts.hot, { queueId: place.queue_id, id: messageId }) : []
  if (kicked.length === 0) return refuse({ kind: 'message_not_found', id: messageId })
  parts.signals.ready(place!.queue_id, 1)
  return ok(undefined)
}
