import { Undone } from '../counters/counters.ts'
import { type Acknowledged, acknowledgeIn } from '../deliveries/acknowledge.ts'
import { readDelivering } from '../deliveries/due.sql.ts'
import { endAll } from '../deliveries/recording.ts'
import { deleteTogether } from '../line/finish.sql.ts'
import type { OnLine } from '../line/line.ts'
import { isReservationId } from '../line/reservation-id.ts'
import type { StoredPush } from '../queues/push.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { reasonAgainst } from './finding.ts'
import { GONE, type Parts } from './on-queue.ts'

type DeleteAll = (parts: Parts, on: OnLine, asked: Acknowledged[]) => Promise<Result<void> | typeof GONE>

/** Ends the transaction in which not everything could be done. */
class NotAll extends Undone {
  readonly left: Acknowledged[]

  constructor(left: Acknowledged[]) {
    super('not all can be ended')
    this.left = left
  }
}

/** Rows change under statements; more attempts than this mean that somebody else is about it. */
const MOST_ATTEMPTS = 5

/**
 * Acknowledges what is a delivery and deletes the rest, all in one transaction, or changes nothing (push.md K3, contract
 * v3 B4, B6). Without `deleteAll` there must be no rest; with it, what is in a pull queue is its business.
 */
export async function endTogether(
  parts: Parts,
  on: OnLine,
  asked: Acknowledged[],
  deleteAll?: DeleteAll,
): Promise<Result<void> | typeof GONE> {
  const distinct = [...new Map(asked.map((one) => [keyOf(one), one])).values()]
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const [row] = await readDelivering(parts.sql, [on.queueId])
    if (!row) return GONE
    if (!row.push && deleteAll) return deleteAll(parts, on, withoutNames(distinct))
    const left = row.push ? await endOnce(parts, on, row.push, distinct, deleteAll !== undefined) : distinct
    if (left.length === 0) return ok(undefined)
    const reason = await reasonAgainst(parts, on, left)
    if (reason) return reason === GONE ? GONE : refuse(reason)
  }
  return refuse({ kind: 'reservation_lapsed', id: distinct[0]!.messageId })
}

/** What could not be ended; nothing was, then. */
async function endOnce(
  { hot, counters }: Parts,
  on: OnLine,
  push: StoredPush,
  asked: Acknowledged[],
  mayDelete: boolean,
): Promise<Acknowledged[]> {
  const { queueId } = on
  try {
    await counters.count(queueId, (slot, seq) =>
      hot.begin(async (tx) => {
        const ended = await acknowledgeIn(tx, on, push, asked)
        const held = new Set(ended.map((row) => `${row.message_id} ${row.reservation}`))
        const left = withoutNames(asked.filter((one) => !held.has(`${one.messageId} ${one.reservationId}`)))
        if (left.length > 0) {
          const isSane = left.every(({ reservationId: id }) => id === undefined || isReservationId(id))
          if (!mayDelete || !isSane) throw new NotAll(left)
          const ids = left.map(({ messageId }) => messageId)
          const reservations = left.map(({ reservationId }) => reservationId ?? null)
          const deleted = await deleteTogether(tx, { queueId, slot, seq, ids, reservations })
          if (deleted.length < left.length) throw new NotAll(left)
        }
        const messages = ended.map((row) => ({ queueId, messageId: row.message_id }))
        // After the delete, which may have counted under the same number.
        await endAll(tx, messages, { slot, seq })
      }),
    )
    return []
  } catch (fault) {
    if (fault instanceof NotAll) return fault.left
    throw fault
  }
}

const keyOf = ({ messageId, reservationId, subscriber }: Acknowledged) =>
  JSON.stringify([messageId, reservationId, subscriber])

/** Of what is no delivery the name says nothing. */
const withoutNames = (asked: Acknowledged[]): Acknowledged[] => [
  ...new Map(
    asked.map(({ messageId, reservationId }) => [`${messageId} ${reservationId}`, { messageId, reservationId }]),
  ).values(),
]
