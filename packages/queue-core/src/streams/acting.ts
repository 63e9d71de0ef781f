import type { OnLine } from '../line/line.ts'
import { isReservationId } from '../line/reservation-id.ts'
import { limits } from '../limits.ts'
import { GONE, unlessInvalid } from '../messages/on-queue.ts'
import { invalid } from '../queues/check.ts'
import { type Refusal, type Result, ok } from '../refusal.ts'
import { reasonsAgainst } from './failing.ts'
import type { Hold, Holds, Owner } from './holds.ts'
import type { StreamParts } from './stream-parts.ts'
import type { Failed, OnMessages } from './stream.ts'

/** One message that may be acted upon, and what this stream has to do with it. */
export type Acted = { messageId: number; reservation: string; hold: Hold | undefined }

/** A row that changes under a statement is passed over by it although nothing is wrong with it: once more, then. */
const ATTEMPTS = 3

/**
 * Does something to each of the messages that is surely reserved under the id shown, all in one turn, so that they share
 * statements. What it does ends a hold unless it says `kept`. A fault is thrown once all are settled: those that ended
 * are ended, and of the others it is not known.
 */
export async function actOnEach(
  given: {
    parts: StreamParts
    holds: Holds
    project: string
    command: OnMessages
    wrong: Refusal | undefined
    giveBack(messageId: number, hold: Hold): Promise<void>
  },
  act: (on: OnLine, acted: Acted, at: number) => Promise<boolean | 'kept'>,
): Promise<Result<Failed[]>> {
  const { parts, holds, project, command } = given
  const { messages, queue } = command
  const { min, max } = limits.count
  const wrong =
    given.wrong ??
    (messages.length < min || messages.length > max ? invalid('ids', `must hold ${min} to ${max} messages`) : undefined)

  return unlessInvalid(parts, { project, queue }, wrong, async (on) => {
    let left = messages.map((_, at) => at)
    const failed: Failed[] = []
    const owners = new Set<Owner>()
    try {
      for (let attempt = 1; left.length > 0; attempt++) {
        const outcomes = await Promise.allSettled(left.map((at) => actOnOne(on, at, owners)))
        const faults = outcomes.filter((one) => one.status === 'rejected')
        if (faults.length > 0) throw faults[0]!.reason
        const undone = left.filter((_, i) => !(outcomes[i] as PromiseFulfilledResult<boolean>).value)
        if (undone.length === 0) break
        const reasons = await reasonsAgainst(
          parts,
          on,
          undone.map((at) => messages[at]!),
        )
        if (reasons === GONE) return attempt === 1 && undone.length === messages.length ? GONE : ok(failed)
        left = []
        for (const [i, at] of undone.entries()) {
          const { messageId, reservationId = '' } = messages[at]!
          const refusal = reasons[i]
          if (!refusal && attempt < ATTEMPTS) {
            left.push(at)
            continue
          }
          failed.push({ at, refusal: refusal ?? { kind: 'reservation_lapsed', id: messageId } })
          const hold = holdOf(on, messageId, reservationId)
          // While another call is at it, this one may have failed because that one did what it was asked.
          if (hold?.acting === 0 && refusal) end(messageId, hold, owners)
        }
      }
    } finally {
      for (const owner of owners) owner.settled()
    }
    return ok(failed.sort((a, b) => a.at - b.at))
  })

  async function actOnOne(on: OnLine, at: number, owners: Set<Owner>): Promise<boolean> {
    const { messageId, reservationId } = messages[at]!
    if (reservationId === undefined || !isReservationId(reservationId)) return false
    const hold = holdOf(on, messageId, reservationId)
    if (hold) hold.acting++
    let done: boolean | 'kept' = false
    try {
      done = await act(on, { messageId, reservation: reservationId, hold }, at)
      if (hold && done === true) end(messageId, hold, owners)
      return done !== false
    } finally {
      if (hold && --hold.acting === 0 && hold.isLeft && done !== true) await given.giveBack(messageId, hold)
    }
  }

  /** Named with another queue it is not found, and stays held. */
  function holdOf({ queueId }: OnLine, messageId: number, reservation: string): Hold | undefined {
    const hold = holds.find(messageId, reservation)
    return hold?.queueId === queueId ? hold : undefined
  }

  function end(messageId: number, hold: Hold, owners: Set<Owner>) {
    holds.end(messageId, hold)
    owners.add(hold.owner)
  }
}
