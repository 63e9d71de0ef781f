import { deleteAll } from '../messages/delete.ts'
import { GONE } from '../messages/on-queue.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { locate } from './describe.sql.ts'
import type { Hold } from './holds.ts'
import type { SessionParts, SessionState } from './session-parts.ts'

/** Deletes a message that the session holds, or that nobody does; also one that it held until its time ran out. */
export async function deleteForSession(
  parts: SessionParts,
  { project, holds }: SessionState,
  messageId: number,
): Promise<Result<void>> {
  const hold = holds.get(messageId)
  if (hold) {
    const finished = await parts.line.finish({ project, queueId: hold.queueId }, { id: messageId, ...hold })
    holds.delete(messageId)
    if (finished) {
      await dropIfUnused(parts, project, hold)
      return ok(undefined)
    }
  }
  const [place] = await locate(parts.hot, project, messageId)
  if (!place) return refuse({ kind: 'message_not_found', id: messageId })
  const deleted = await deleteAll(parts, { project, queueId: place.queue_id }, [{ messageId }])
  if (deleted === GONE) return refuse({ kind: 'message_not_found', id: messageId })
  if (deleted.ok) await dropIfUnused(parts, project, { queue: place.name, queueId: place.queue_id })
  return deleted
}

/** A queue that nobody uses here may have lived for this message alone; what is missed here is swept later. */
const dropIfUnused = (
  { presence }: SessionParts,
  project: string,
  { queue, queueId }: { queue: string; queueId: number },
) => presence.dropIfAbandoned(project, queue, queueId).catch(() => undefined)

/** Makes a message that the session holds ready again, at once or after the delay, with the priority given. */
export const releaseForSession = (
  parts: SessionParts,
  state: SessionState,
  { messageId, priority, delaySeconds }: { messageId: number; priority: number; delaySeconds: number },
): Promise<Result<void>> =>
  end(state, messageId, async (hold) => {
    const on = { project: state.project, queueId: hold.queueId }
    const released = await parts.line.giveBack(on, { id: messageId, ...hold, priority, delaySeconds, as: 'release' })
    if (released && delaySeconds === 0) parts.signals.ready(hold.queueId, 1)
    return released
  })

/** Sets a message that the session holds aside, behind those buried before. */
export const buryForSession = (
  parts: SessionParts,
  state: SessionState,
  { messageId, priority }: { messageId: number; priority: number },
): Promise<Result<void>> =>
  end(state, messageId, (hold) =>
    parts.line.bury({ project: state.project, queueId: hold.queueId }, { id: messageId, ...hold, priority }),
  )

async function end(
  { holds }: SessionState,
  messageId: number,
  how: (hold: Hold) => Promise<boolean>,
): Promise<Result<void>> {
  const hold = holds.get(messageId)
  const ended = hold ? await how(hold) : false
  if (hold) holds.delete(messageId)
  return ended ? ok(undefined) : refuse({ kind: 'message_not_found', id: messageId })
}

/** The reservation lasts as long again, from now on. */
export async function touchForSession(
  { line }: SessionParts,
  { project, holds }: SessionState,
  messageId: number,
): Promise<Result<void>> {
  const hold = holds.get(messageId)
  if (!hold) return refuse({ kind: 'message_not_found', id: messageId })
  const { queueId } = hold
  const touched = await line.touch({ project, queueId }, { id: messageId, ...hold, timeoutSeconds: -1, fresh: false })
  if (touched) holds.set(messageId, { ...hold, ...touched })
  else holds.delete(messageId)
  return touched ? ok(undefined) : refuse({ kind: 'message_not_found', id: messageId })
}
