import type { OnLine } from '../line/line.ts'
import { Credit } from './credit.ts'
import type { StreamParts } from './stream-parts.ts'
import type { Found, Looking, Sight } from './look-together.ts'
import type { Receiver, Subscribe, Subscription } from './stream.ts'
import type { Wanted } from './tail.sql.ts'

/** Nobody who is given an id takes longer to commit, or the message is counted as skipped. */
const LATE_MS = 2000
/** Shown lately, and so not shown again; beyond that the position moves on, late ones or not. */
const MOST_SHOWN = 500
/** A tail that is further behind jumps to the end: it shows what arrives, not a backlog. */
const MOST_BEHIND = 1000
/** Looked at even if nobody called: delayed messages are not announced. */
const LOOK_MS = 1000

/**
 * A subscription that shows messages as they arrive, reserving none. It reads by id from a position that follows the end
 * of the queue at a distance of two seconds, since ids are given out before they are committed; what it could not show
 * it counts, by comparing with the queue's total.
 */
export class Tail implements Subscription, Looking {
  readonly credit: Credit
  readonly reservationSeconds = undefined
  readonly queueId: number
  readonly #parts: StreamParts
  readonly #command: Subscribe
  readonly #receiver: Receiver
  readonly #onEnd: (ended: Tail) => void
  readonly #leave: () => void
  readonly #project: string
  #over = false
  /** Undefined until the first look, which shows nothing. */
  #after: number | undefined
  #shown: number[] = []
  /** Newest ids seen, and when: the position of two seconds ago. */
  #seen: { at: number; newest: number }[] = []
  /** The total at the beginning, and with it what was shown or counted as skipped since. */
  #accounted = 0
  #untold = 0
  #dirty = true
  #lookedAt = 0
  #stuckBytes = 0

  constructor(
    parts: StreamParts,
    given: { on: OnLine; command: Subscribe; receiver: Receiver; onEnd: (ended: Tail) => void },
  ) {
    const { on, command, receiver, onEnd } = given
    this.#parts = parts
    this.#project = on.project
    this.queueId = on.queueId
    this.#command = command
    this.#receiver = receiver
    this.#onEnd = onEnd
    this.credit = new Credit(command.credit, command.creditBytes)
    this.#leave = parts.signals.lookOn(on.queueId, () => (this.#dirty = true))
  }

  /** It has looked once, and the queue was there. */
  get hasBegun(): boolean {
    return this.#after !== undefined
  }

  get quiet(): boolean {
    return !this.#dirty || this.credit.count <= 0
  }

  grant(more: { count?: number; bytes?: number }): void {
    this.credit.grant(more)
    this.lookAgain()
  }

  set(credit: { count?: number; bytes?: number }): void {
    this.credit.set(credit)
    this.lookAgain()
  }

  lookAgain(): void {
    this.#stuckBytes = 0
    this.#dirty = true
  }

  resume(): void {
    this.#dirty = true
  }

  end(): void {
    this.finish('asked')
  }

  finish(why: 'asked' | 'queue_deleted'): void {
    if (this.#over) return
    this.close()
    this.#onEnd(this)
    this.#receiver.ended(why)
  }

  close(): void {
    this.#over = true
    this.#leave()
  }

  stopTaking(): void {
    this.#over = true
    this.#leave()
  }

  /** Asked every 100 ms, and never while it has not seen what it wanted before. */
  wants(now: number): Wanted | undefined {
    if (this.#over || (!this.#dirty && now - this.#lookedAt < LOOK_MS)) return undefined
    const limit = this.#after === undefined ? 0 : this.#wants()
    if (limit === 0 && this.#after !== undefined) return undefined
    this.#dirty = false
    this.#lookedAt = now
    return { queueId: this.queueId, after: this.#after ?? 0, shown: this.#shown, limit }
  }

  /** Shows what is new. */
  see({ limit }: Wanted, { newest, total, found, isCut }: Sight, now: number): void {
    if (this.#over) return
    if (newest === null && this.#after === undefined) {
      this.close()
      return
    }
    if (newest === null) {
      this.#parts.directory.forget(this.#project, this.#command.queue)
      this.finish('queue_deleted')
      return
    }
    if (this.#after === undefined) {
      this.#after = newest
      this.#accounted = total
      return
    }
    const shown = this.#show(found)
    const isAllShown = !isCut && found.length < limit && shown === found.length
    this.#account(total, isAllShown, newest)
    this.#moveOn(now, newest, isAllShown)
    if (isCut || found.length === limit) this.#dirty = true
  }

  #wants(): number {
    const { count, bytes } = this.credit
    if (count <= 0 || bytes <= 0 || this.#stuckBytes > bytes || this.#receiver.room() <= 0) return 0
    return Math.min(count, this.#command.batch)
  }

  /** How many of them there were credit and room for. */
  #show(found: Found[]): number {
    const packed: string[] = []
    let room = this.#receiver.room()
    for (const { id, body, reservedCount } of found) {
      if (this.credit.count <= 0 || room <= 0) break
      if (body.length > this.credit.bytes) {
        this.#stuckBytes = body.length
        break
      }
      const text = this.#receiver.pack({ id, body, reservedCount, reservationId: undefined, seconds: 0 })
      const size = Buffer.byteLength(text)
      if (packed.length > 0 && size > room) break
      room -= size
      this.credit.spend(body.length)
      this.#shown.push(id)
      packed.push(text)
    }
    this.#accounted += packed.length
    if (packed.length > 0) {
      this.#receiver.messages(packed, this.#untold)
      this.#untold = 0
    }
    // What it spent does not come back by itself.
    if (this.#stuckBytes > this.credit.bytes) this.#receiver.stuck(this.#stuckBytes)
    return packed.length
  }

  /** Whatever the total has beyond what was shown is still to come, or was missed. */
  #account(total: number, isAllShown: boolean, newest: number): void {
    const behind = total - this.#accounted
    if (behind <= 0 || (!isAllShown && behind <= MOST_BEHIND)) return
    this.#untold += behind
    this.#accounted = total
    if (isAllShown) return
    this.#after = newest
    this.#shown = []
    this.#seen = []
  }

  /** What was visible two seconds ago has been shown, and what was given an id by then is visible, or late. */
  #moveOn(now: number, newest: number, isAllShown: boolean): void {
    if (isAllShown) this.#seen.push({ at: now, newest })
    const late = this.#seen.findLastIndex(({ at }) => now - at >= LATE_MS)
    if (late >= 0) {
      this.#after = Math.max(this.#after!, this.#seen[late]!.newest)
      this.#seen.splice(0, late + 1)
    }
    if (this.#shown.length > MOST_SHOWN) {
      this.#after = Math.max(this.#after!, this.#shown.toSorted((a, b) => a - b)[this.#shown.length >> 1]!)
    }
    this.#shown = this.#shown.filter((id) => id > this.#after!)
  }
}
