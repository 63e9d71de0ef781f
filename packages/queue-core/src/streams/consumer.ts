import { GONE } from '../messages/on-queue.ts'
import { take } from '../messages/reserve.ts'
import type { OnLine } from '../line/line.ts'
import type { Taken } from '../line/reserving.ts'
import type { Watch } from '../signals/waiters.ts'
import { Unavailable } from '../refusal.ts'
import { faultFor } from '../db/faults.ts'
import { Credit } from './credit.ts'
import type { Hold, Holds, Owner } from './holds.ts'
import type { StreamParts } from './stream-parts.ts'
import type { Lost, Receiver, Subscribe, Subscription } from './stream.ts'

/** A guess at the bytes of a packed message, until some have been seen. */
const FIRST_GUESS_BYTES = 4096

/**
 * A subscription that reserves: whenever there is credit and room it takes what is ready, up to a batch at a time; when
 * nothing is, it waits at the cost of an object. There may be tens of thousands, hence methods and few closures.
 */
export class Consumer implements Subscription, Owner {
  readonly credit: Credit
  readonly reservationSeconds: number
  readonly #parts: StreamParts
  readonly #on: OnLine
  readonly #command: Subscribe
  readonly #receiver: Receiver
  readonly #holds: Holds
  readonly #onEnd: (ended: Consumer) => void
  readonly #onDone: () => void
  readonly #watch: Watch
  #state: 'open' | 'stopped' | 'draining' | 'over' = 'open'
  #filling = false
  #again = false
  #averageBytes = FIRST_GUESS_BYTES
  /** Bytes of the message that stands first and was more than the credit. */
  #needsBytes = 0
  /** Messages that are being deleted to be handed over, since nobody else ever gets them, or given back at the end. */
  #underWay = 0
  /** Comes to its end once there are none. */
  #endsAfter: 'asked' | 'queue_deleted' | undefined

  constructor(
    parts: StreamParts,
    given: {
      on: OnLine
      command: Subscribe
      receiver: Receiver
      holds: Holds
      reservationSeconds: number
      onEnd: (ended: Consumer) => void
      onDone: () => void
    },
  ) {
    this.#parts = parts
    this.#on = given.on
    this.#command = given.command
    this.#receiver = given.receiver
    this.#holds = given.holds
    this.#onEnd = given.onEnd
    this.#onDone = given.onDone
    this.credit = new Credit(given.command.credit, given.command.creditBytes)
    this.reservationSeconds = given.reservationSeconds
    this.#watch = parts.signals.watch(given.on.queueId, () => void this.#fill())
  }

  get queueId(): number {
    return this.#on.queueId
  }

  /** Messages that it still has to do with, besides those that it holds. */
  get underWay(): number {
    return this.#underWay
  }

  get quiet(): boolean {
    return this.#watch.isArmed() || this.credit.count <= 0
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
    this.#needsBytes = 0
    this.settled()
  }

  resume(): void {
    this.settled()
  }

  end(drain: boolean): void {
    if (this.#state === 'over') return
    this.#state = 'draining'
    this.#watch.disarm()
    if (!drain) {
      const held = this.#holds.takeAll(this)
      this.#underWay += held.length
      if (held.length > 0) void this.#giveBack(held).then(() => this.#done(held.length))
    }
    if (this.credit.held === 0) this.finish('asked')
  }

  giveBack(bytes: number): void {
    this.credit.giveBack(bytes)
  }

  lost(messageIds: number[], why: Lost): void {
    this.#receiver.lost(messageIds, why)
  }

  settled(): void {
    if (this.#state === 'draining' && this.credit.held === 0) this.finish('asked')
    else if (!this.#watch.isArmed()) {
      this.#tellIfStuck()
      void this.#fill()
    }
  }

  /** Nothing that is held could bring the bytes that the next message lacks. */
  #tellIfStuck(): void {
    if (this.#state === 'over') return
    if (this.#needsBytes > this.credit.bytes && this.credit.held === 0) this.#receiver.stuck(this.#needsBytes)
  }

  /** For good; what is held of a deleted queue is lost with it. What is under way is waited for. */
  finish(why: 'asked' | 'queue_deleted'): void {
    if (this.#state === 'over') return
    if (why === 'queue_deleted') {
      this.#state = 'stopped'
      this.#holds.lose(
        [...this.#holds.entries()].filter(([, hold]) => hold.owner === this),
        why,
      )
    }
    if (this.#underWay > 0) {
      this.#endsAfter ??= why
      return
    }
    this.close()
    this.#onEnd(this)
    this.#receiver.ended(why)
  }

  /** Hands out nothing more, but stays: its holds are waited for. */
  stopTaking(): void {
    if (this.#state === 'open') this.#state = 'stopped'
    this.#watch.disarm()
  }

  /** Without a word: the stream is closed. */
  close(): void {
    this.#state = 'over'
    this.#watch.leave()
    this.#parts.stalled.delete(this)
  }

  async #fill(): Promise<void> {
    if (this.#filling) {
      this.#again = true
      return
    }
    this.#filling = true
    try {
      let more = true
      while (more || (this.#again && !this.#watch.isArmed())) {
        this.#again = false
        more = await this.#takeSome()
      }
    } catch (fault) {
      // The database is away, or worse: somebody asks again in a while, the reservations that may be there lapse.
      if (this.#state === 'open') this.#parts.stalled.add(this)
      const named = faultFor(fault)
      if (!(named instanceof Unavailable)) this.#parts.onFault(named, 'a subscription')
    } finally {
      this.#filling = false
    }
  }

  /** Whether there may be more to take at once. */
  async #takeSome(): Promise<boolean> {
    const count = this.#wants()
    this.#watch.disarm()
    this.#watch.missed()
    if (count === 0) return false
    const taken = await take(this.#parts, this.#on, { count, timeoutSeconds: this.reservationSeconds })
    if (taken === GONE) {
      this.#parts.directory.forget(this.#on.project, this.#command.queue)
      this.finish('queue_deleted')
      return false
    }
    if (taken.length > 0 && !(await this.#handOver(taken))) return false
    if (taken.length >= count || this.#watch.missed()) return true
    const wants = this.#wants()
    if (wants > 0) this.#watch.arm(wants)
    return false
  }

  #wants(): number {
    if (this.#state !== 'open' || this.#parts.signals.isDrained()) return 0
    const { count, bytes } = this.credit
    const room = Math.min(this.#receiver.room(), bytes)
    if (count <= 0 || room <= 0 || this.#needsBytes > bytes) return 0
    return Math.min(this.#command.batch, count, Math.max(1, Math.floor(room / this.#averageBytes)))
  }

  /**
   * As many as the credit and the room allow; the others go back as if nobody had taken them. False when the credit is
   * what they lacked; room there may be again by now.
   */
  async #handOver(taken: Taken[]): Promise<boolean> {
    const packed: string[] = []
    this.#needsBytes = 0
    let fits = 0
    let room = this.#state === 'open' ? this.#receiver.room() : 0
    for (const one of taken) {
      const bytes = one.body.length
      if (this.credit.count <= 0 || room <= 0) break
      if (bytes > this.credit.bytes) {
        this.#needsBytes = bytes
        break
      }
      const text = this.#receiver.pack({
        id: one.id,
        body: one.body,
        reservedCount: one.reservedCount,
        reservationId: this.#command.delete ? undefined : one.reservation,
        seconds: one.seconds,
      })
      const size = Buffer.byteLength(text)
      if (fits > 0 && size > room) break
      room -= size
      this.#averageBytes += (size - this.#averageBytes) / 8
      if (this.#command.delete) this.credit.spend(bytes)
      else this.#hold(one)
      packed.push(text)
      fits++
    }
    if (fits < taken.length) {
      const returned = taken.slice(fits)
      void this.#giveBack(
        returned.map((one) => [one.id, this.#holdOf(one)] as const),
        'undo',
      )
    }
    const going = this.#command.delete ? await this.#deleteFirst(taken.slice(0, fits), packed) : packed
    if (going.length > 0) this.#receiver.messages(going, 0)
    if (this.#command.delete) this.#done(fits)
    this.#tellIfStuck()
    return this.#needsBytes === 0
  }

  /** Only what is surely deleted is handed over; what lapsed meanwhile belongs to the queue again. */
  async #deleteFirst(taken: Taken[], packed: string[]): Promise<string[]> {
    this.#underWay += taken.length
    const deleted = await Promise.allSettled(
      taken.map(({ id, reservation }) => this.#parts.line.finish(this.#on, { id, reservation })),
    )
    return packed.filter((_, i) => {
      const one = deleted[i]!
      const isDeleted = one.status === 'fulfilled' && one.value
      if (!isDeleted) this.credit.refund(taken[i]!.body.length)
      return isDeleted
    })
  }

  #done(count: number): void {
    this.#underWay -= count
    if (this.#underWay > 0) return
    if (this.#endsAfter) this.finish(this.#endsAfter)
    this.#onDone()
  }

  #hold(taken: Taken): void {
    const hold = this.#holdOf(taken)
    this.credit.hold(hold.bytes)
    this.#holds.set(taken.id, hold)
  }

  #holdOf({ reservation, seconds, body }: Taken): Hold {
    const endsAt = performance.now() + seconds * 1000
    return { queueId: this.#on.queueId, reservation, endsAt, bytes: body.length, owner: this, acting: 0, isLeft: false }
  }

  #giveBack(held: Iterable<readonly [number, Hold]>, as: 'return' | 'undo' = 'return'): Promise<void> {
    const { project } = this.#on
    const returned = [...held].map(([messageId, hold]) => ({ project, messageId, hold, as }))
    return this.#parts.returns.giveBack(returned)
  }
}
