import { faultsNamed } from '../db/faults.ts'
import type { OnLine } from '../line/line.ts'
import { limits } from '../limits.ts'
import { checkWhole } from '../queues/check.ts'
import { GONE, onQueue } from '../messages/on-queue.ts'
import { type Result, ok, refuse } from '../refusal.ts'
import { actOnEach } from './acting.ts'
import { Consumer } from './consumer.ts'
import { type Hold, Holds } from './holds.ts'
import { lookTogether } from './look-together.ts'
import { messageTimeoutOf } from './look.sql.ts'
import type { StreamParts } from './stream-parts.ts'
import { Tail } from './tail.ts'
import type { Failed, OnMessages, Receiver, Stream, Subscribe, Subscription, Touched } from './stream.ts'

/** One live consumer. An idle one costs a few objects and no statement. */
export class LiveStream implements Stream {
  readonly holds: Holds
  readonly #parts: StreamParts
  readonly #project: string
  readonly #subscriptions = new Set<Consumer | Tail>()
  readonly #onClose: (stream: LiveStream) => void
  #closed = false
  #tellNothingHeld: (() => void) | undefined

  constructor(
    parts: StreamParts,
    { project }: { project: string },
    on: { holding(stream: LiveStream): void; empty(stream: LiveStream): void; close(stream: LiveStream): void },
  ) {
    this.#parts = parts
    this.#project = project
    this.#onClose = on.close
    this.holds = new Holds(
      () => on.holding(this),
      () => {
        on.empty(this)
        this.#tellIfNothingIsHeld()
      },
    )
  }

  get held(): number {
    let underWay = 0
    for (const one of this.#subscriptions) if (one instanceof Consumer) underWay += one.underWay
    return this.holds.size + underWay
  }

  subscriptions(): Iterable<Consumer | Tail> {
    return this.#subscriptions
  }

  subscribe(command: Subscribe, receiver: Receiver): Promise<Result<Subscription>> {
    const wrong =
      checkWhole('credit', command.credit, limits.stream.credit) ??
      checkWhole('credit_bytes', command.creditBytes, limits.stream.creditBytes) ??
      checkWhole('batch', command.batch, limits.stream.batch) ??
      checkWhole('timeout', command.timeoutSeconds, limits.messageTimeoutSeconds)
    return named(() =>
      onQueue(this.#parts, { project: this.#project, queue: command.queue }, async (on) => {
        if (wrong) return refuse(wrong)
        const given = {
          on,
          command,
          receiver,
          holds: this.holds,
          onEnd: (ended: Consumer | Tail) => this.#forget(ended),
          onDone: () => this.#tellIfNothingIsHeld(),
        }
        const reservationSeconds = command.timeoutSeconds ?? (await this.#messageTimeoutOf(on))
        if (reservationSeconds === undefined) return GONE
        const one =
          command.mode === 'tail'
            ? new Tail(this.#parts, given)
            : new Consumer(this.#parts, { ...given, reservationSeconds })
        if (one instanceof Tail && !(await this.#begin(one))) return GONE
        this.#subscriptions.add(one)
        if (this.#closed) {
          one.close()
          this.#forget(one)
        }
        return ok(one)
      }),
    )
  }

  /** Where it begins is known before it is answered; false when its queue is gone. */
  async #begin(tail: Tail): Promise<boolean> {
    try {
      await lookTogether(this.#parts.hot, [tail])
    } catch (fault) {
      tail.close()
      throw fault
    }
    if (tail.hasBegun) this.#parts.tails.add(tail)
    return tail.hasBegun
  }

  delete(command: OnMessages): Promise<Result<Failed[]>> {
    return this.#act(command, (on, { messageId: id, reservation }) => this.#parts.line.finish(on, { id, reservation }))
  }

  release(command: OnMessages & { delaySeconds: number }): Promise<Result<Failed[]>> {
    const { delaySeconds } = command
    return this.#act(
      command,
      async (on, { messageId: id, reservation }) => {
        const released = await this.#parts.line.giveBack(on, { id, reservation, delaySeconds, as: 'release' })
        if (released && delaySeconds === 0) this.#parts.signals.ready(on.queueId, 1)
        return released
      },
      checkWhole('delay', delaySeconds, limits.delaySeconds),
    )
  }

  bury(command: OnMessages): Promise<Result<Failed[]>> {
    return this.#act(command, (on, { messageId: id, reservation }) =>
      this.#parts.line.bury(on, { id, reservation, priority: -1 }),
    )
  }

  async touch(
    command: OnMessages & { timeoutSeconds?: number },
  ): Promise<Result<{ touched: Touched[]; failed: Failed[] }>> {
    const touched: Touched[] = []
    const { timeoutSeconds } = command
    const failed = await this.#act(
      command,
      async (on, { messageId, reservation, hold }) => {
        // What it held is on its way back under the reservations that are shown.
        if (this.#closed) return false
        const seconds = timeoutSeconds ?? hold?.owner.reservationSeconds ?? 0
        const fresh = await this.#parts.line.touch(on, {
          id: messageId,
          reservation,
          timeoutSeconds: seconds,
          fresh: true,
        })
        if (!fresh) return false
        touched.push({ messageId, reservationId: fresh.reservation, seconds: fresh.seconds })
        if (hold) {
          hold.reservation = fresh.reservation
          hold.endsAt = performance.now() + fresh.seconds * 1000
          this.holds.touched(hold)
        }
        return 'kept'
      },
      checkWhole('timeout', timeoutSeconds, limits.messageTimeoutSeconds),
    )
    return failed.ok ? ok({ touched, failed: failed.value }) : failed
  }

  async #messageTimeoutOf({ queueId }: OnLine): Promise<number | undefined> {
    const [queue] = await messageTimeoutOf(this.#parts.hot, queueId)
    return queue?.seconds
  }

  drain(): Promise<void> {
    for (const one of this.#subscriptions) one.stopTaking()
    return new Promise((resolve) => {
      this.#tellNothingHeld = resolve
      this.#tellIfNothingIsHeld()
    })
  }

  #tellIfNothingIsHeld(): void {
    if (this.held === 0) this.#tellNothingHeld?.()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const one of this.#subscriptions) {
      one.close()
      this.#forget(one)
    }
    const held = this.holds.takeAll()
    this.#onClose(this)
    await this.#giveBack(held)
  }

  #giveBack(held: [number, Hold][]): Promise<void> {
    const project = this.#project
    return this.#parts.returns.giveBack(held.map(([messageId, hold]) => ({ project, messageId, hold, as: 'return' })))
  }

  #forget(ended: Consumer | Tail): void {
    this.#subscriptions.delete(ended)
    if (ended instanceof Tail) this.#parts.tails.delete(ended)
  }

  #act(
    command: OnMessages,
    act: Parameters<typeof actOnEach>[1],
    wrong?: Parameters<typeof actOnEach>[0]['wrong'],
  ): Promise<Result<Failed[]>> {
    const giveBack = (messageId: number, hold: Hold) => this.#giveBack([[messageId, hold]])
    const given = { parts: this.#parts, holds: this.holds, project: this.#project, command, wrong, giveBack }
    return named(() => actOnEach(given, act))
  }
}

const named = <T>(work: () => Promise<T>): Promise<T> => faultsNamed(work)()
