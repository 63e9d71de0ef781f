import type { OnLine } from '../line/line.ts'
import { inspect } from '../line/look.sql.ts'
import { GONE, type Parts } from '../messages/on-queue.ts'
import type { Refusal } from '../refusal.ts'

type Asked = { messageId: number; reservationId?: string | undefined }

/** Why each of these reservations did not hold, in the order asked; undefined where it seems to hold by now. */
export async function reasonsAgainst(
  { hot }: Pick<Parts, 'hot'>,
  { queueId }: OnLine,
  asked: Asked[],
): Promise<(Refusal | undefined)[] | typeof GONE> {
  const rows = await inspect(hot, { queueId, ids: asked.map(({ messageId }) => messageId) })
  if (!rows[0]?.present) return GONE
  const byId = new Map(rows.map((row) => [row.id, row]))
  return asked.map(({ messageId: id, reservationId }) => {
    const row = byId.get(id)
    if (!row) return { kind: 'message_not_found', id }
    if (reservationId === undefined) return { kind: 'reservation_required', id }
    if (row.held && row.reservation?.replaceAll('-', '') === reservationId) return undefined
    return { kind: 'reservation_lapsed', id }
  })
}
