/** A reservation that a session holds. */
export type Hold = { queue: string; queueId: number; reservation: string; endsAt: number }

type NewHold = Omit<Hold, 'endsAt'> & { seconds: number }

/** A reservation shows its last second as a margin of safety (contract beanstalk, section 8.1). */
const MARGIN_MS = 1000

export type Holds = {
  get(messageId: number): Hold | undefined
  set(messageId: number, hold: NewHold): void
  delete(messageId: number): void
  entries(): [number, Hold][]
  clear(): void
  /** When the margin of the first reservation to end begins; those that have ended do not count any more. */
  marginBegins(now: number): number
}

/** On the clock of this process. */
export const toHold = ({ queue, queueId, reservation, seconds }: NewHold): Hold => ({
  queue,
  queueId,
  reservation,
  endsAt: performance.now() + seconds * 1000,
})

/** What a session holds, on the clock of this process: only hints are drawn from it, the database decides. */
export function createHolds(): Holds {
  const held = new Map<number, Hold>()
  return {
    get: (messageId) => held.get(messageId),
    set: (messageId, hold) => void held.set(messageId, toHold(hold)),
    delete: (messageId) => void held.delete(messageId),
    entries: () => [...held],
    clear: () => held.clear(),
    marginBegins(now) {
      let first = Infinity
      for (const { endsAt } of held.values()) if (endsAt > now && endsAt < first) first = endsAt
      return first - MARGIN_MS
    },
  }
}
