import { type SeenRow, findById, peekReady } from '../line/look.sql.ts'
import { limits } from '../limits.ts'
import { checkWhole } from '../queues/check.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { reasonAgainst } from './finding.ts'
import type { FoundByIdMessage, FoundMessage } from './message.ts'
import { GONE, type Parts, onQueue, unlessInvalid } from './on-queue.ts'

type OnQueue = { project: string; queue: string }

/** What a reserve would hand out now, in its order; nothing changes. */
export function peekMessages(parts: Parts, command: OnQueue & { count: number }): Promise<Result<FoundMessage[]>> {
  const { count } = command
  return unlessInvalid(parts, command, checkWhole('n', count, limits.count), async ({ queueId }) => {
    const rows = await peekReady(parts.hot, { queueId, count, hints: parts.keeper.hints(queueId) })
    if (!rows[0]?.present) return GONE
    return ok(rows.filter((row) => row.id !== null).map(toFound))
  })
}

/** One message in whatever state; nothing changes. */
export function findMessage(parts: Parts, command: OnQueue & { messageId: number }): Promise<Result<FoundByIdMessage>> {
  const { messageId: id } = command
  return onQueue(parts, command, async (on) => {
    const [row] = await findById(parts.hot, { queueId: on.queueId, id })
    if (row) return ok({ ...toFound(row), status: row.status })
    const reason = await reasonAgainst(parts, on, [{ messageId: id }])
    return reason === GONE ? GONE : refuse({ kind: 'message_not_found', id })
  })
}

const toFound = ({ id, body, reserved_count, priority, timeout }: SeenRow): FoundMessage => ({
  id,
  body,
  reservedCount: reserved_count,
  priority,
  timeoutSeconds: timeout,
})
