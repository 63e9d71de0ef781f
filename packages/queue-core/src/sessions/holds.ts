/** A reservation that a session holds. */
export type Hold = { queue: string; queueId: number; reservation: string; endsAt: number }

type NewHold = Omit<Hold, 'endsAt'> & { seconds: number }

/** A reservation shows its last second as a margin of safety (contract beanstalk, section 8.1). */
const MARGIN_MS = 1000

/** On the clock of this process. */
export const toHold = ({ queue, queueId, reservation, seconds }: NewHold): Hold => ({
  queue,
  queueId,
  reservation,
  endsAt: performance.now() + seconds * 1000,
})

/** What a session holds, on the clock of this process: only hints are drawn from it, the database decides. */
export class Holds {
  readonly #held = new Map<number, Hold>()

  get(messageId: number): Hold | undefined {
    return this.#held.get(messageId)
  }

  set(messageId: number, hold: NewHold): void {
    this.#held.set(messageId, toHold(hold))
  }

  delete(messageId: number): void {
    this.#held.delete(messageId)
  }

  entries(): [number, Hold][] {
    return [...this.#held]
  }

  clear(): void {
    this.#held.clear()
  }

  /** When the margin of the first reservation to end begins; those that have ended do not count any more. */
  marginBegins(now: number): number {
    let first = Infinity
    for (const { endsAt } of this.#held.values()) if (endsAt > now && endsAt < first) first = endsAt
    return first - MARGIN_MS
  }
}
