import type { OnLine } from '../line/line.ts'
import { inspect } from '../line/look.sql.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { GONE, type Parts } from './on-queue.ts'

type Asked = { messageId: number; reservationId?: string | undefined }

/**
 * Why an operation found nothing to do for these messages: the first one that is missing, needs a reservation, or has
 * lost it. Undefined when all of them look fine by now, so that the operation may be tried again.
 */
export async function reasonAgainst(
  { hot }: Pick<Parts, 'hot'>,
  on: OnLine,
  asked: Asked[],
): Promise<Refusal | typeof GONE | undefined> {
  const rows = await inspect(hot, { queueId: on.queueId, ids: asked.map(({ messageId }) => messageId) })
  if (!rows[0]?.present) return GONE
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const { messageId: id, reservationId } of asked) {
    const row = byId.get(id)
    if (!row) return { kind: 'message_not_found', id }
    if (reservationId === undefined) {
      if (row.held) return { kind: 'reservation_required', id }
    } else if (!row.held || row.reservation?.replaceAll('-', '') !== reservationId) {
      return { kind: 'reservation_lapsed', id }
    }
  }
  return undefined
}

/** The refusal for one reservation that did not hold when the operation ran, even if it seems to hold now. */
export async function lapsed(parts: Pick<Parts, 'hot'>, on: OnLine, messageId: number, reservationId: string) {
  const reason = await reasonAgainst(parts, on, [{ messageId, reservationId }])
  return reason === GONE ? GONE : refuse(reason ?? { kind: 'reservation_lapsed', id: messageId })
}

/** A call that cannot succeed: a missing message comes first, then a wrong value, then the missing reservation id. */
export async function refuseCall(parts: Pick<Parts, 'hot'>, on: OnLine, messageId: number, wrong: Refusal | undefined) {
  const reason = await reasonAgainst(parts, on, [{ messageId }])
  if (reason === GONE) return GONE
  if (reason?.kind === 'message_not_found') return refuse(reason)
  return refuse(wrong ?? { kind: 'reservation_required', id: messageId })
}
