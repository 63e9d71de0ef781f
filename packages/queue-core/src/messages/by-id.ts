import type { OnLine } from '../line/line.ts'
import { type FoundRow, findById } from '../line/look.sql.ts'
import { limits } from '../limits.ts'
import { checkWhole, invalid } from '../queues/check.ts'
import { type Refusal, type Result, ok, refuse } from '../refusal.ts'
import { reasonAgainst } from './finding.ts'
import { GONE, type Parts, onQueue, unlessInvalid } from './on-queue.ts'

// For doors without reservation ids: whoever knows a message may act for its open reservation (contract v2, section 9).

type OnMessage = { project: string; queue: string; messageId: number }

/** Deletes a message, whoever holds it: its holder learns so at the next call (contract v2 M2 to M4). */
export const deleteMessageById = (parts: Parts, command: OnMessage): Promise<Result<void>> =>
  onQueue(parts, command, (on) =>
    settle(parts, on, command.messageId, {
      act: () => parts.byId.finish(on, command.messageId),
      without: () => undefined,
    }),
  )

/** Deletes those of the messages that there are; they are no less deleted if others are missing (contract v2 B4, M5). */
export function deleteMessagesById(
  parts: Parts,
  command: { project: string; queue: string; messageIds: number[] },
): Promise<Result<void>> {
  const { min, max } = limits.count
  const ids = [...new Set(command.messageIds)]
  const wrong = ids.length < min || ids.length > max ? invalid('ids', `must hold ${min} to ${max} messages`) : undefined
  return unlessInvalid(parts, command, wrong, async (on) => {
    const results = await Promise.all(
      ids.map((id) => settle(parts, on, id, { act: () => parts.byId.finish(on, id), without: () => undefined })),
    )
    return results.includes(GONE) ? GONE : ok(undefined)
  })
}

/**
 * Gives an open reservation another term, or starts one where nobody holds the message. Counts as a reservation. Refused
 * while somebody holds it by another right (contract v2 T2 to T6, M7, M8).
 */
export const touchMessageById = (parts: Parts, command: OnMessage): Promise<Result<void>> =>
  onQueue(parts, command, (on) =>
    settle(parts, on, command.messageId, {
      act: () => parts.byId.touch(on, command.messageId),
      without: (found) => (isHeldOtherwise(found) || notForConsumers.has(found.status) ? refusedTo(found) : undefined),
    }),
  )

/**
 * Ends an open reservation: the message goes to the end of the line, at once or after the delay. A message that nobody
 * holds is only delayed. Refused while somebody holds it by another right (contract v2 E1 to E6, M9, M10, M13).
 */
export function releaseMessageById(
  parts: Parts,
  command: OnMessage & { delaySeconds?: number },
): Promise<Result<void>> {
  const { messageId: id, delaySeconds = 0 } = command
  const wrong = checkWhole('delay', delaySeconds, limits.delaySeconds)
  return unlessInvalid(parts, command, wrong, (on) =>
    settle(parts, on, id, {
      async act() {
        const released = await parts.byId.release(on, { id, delaySeconds })
        if (released && delaySeconds === 0) parts.signals.ready(on.queueId, 1)
        return released
      },
      without(found) {
        if (isHeldOtherwise(found)) return refusedTo(found)
        return notForConsumers.has(found.status) || (found.status !== 'reserved' && delaySeconds === 0)
          ? 'fine'
          : undefined
      },
    }),
  )
}

type Attempt = {
  act(): Promise<boolean>
  /** What a message says that was not acted on: why not, that nothing was to be done, or undefined to try again. */
  without(found: FoundRow): Refusal | 'fine' | undefined
}

/** Rows change under statements; more attempts than this mean that something is wrong with us. */
const MOST_ATTEMPTS = 20

async function settle(
  parts: Parts,
  on: OnLine,
  id: number,
  { act, without }: Attempt,
): Promise<Result<void> | typeof GONE> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (await act()) return ok(undefined)
    const [found] = await findById(parts.hot, { queueId: on.queueId, id })
    if (!found) {
      const reason = await reasonAgainst(parts, on, [{ messageId: id }])
      return reason === GONE ? GONE : refuse({ kind: 'message_not_found', id })
    }
    const answer = without(found)
    if (answer === 'fine') return ok(undefined)
    if (answer) return refuse(answer)
  }
  throw new Error(`message ${id} kept changing`)
}

const notForConsumers: ReadonlySet<string> = new Set(['buried', 'owed', 'done'])
const isHeldOtherwise = ({ status, holder }: FoundRow) => status === 'reserved' && holder !== 0
const refusedTo = ({ id }: FoundRow): Refusal => ({ kind: 'reservation_lapsed', id })
