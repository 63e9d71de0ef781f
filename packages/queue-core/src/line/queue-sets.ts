const MOST_SETS = 10_000

export type QueueSet = { id: number; queueIds: readonly number[] }

/**
 * A number below zero for every set of queues that is reserved from together, so that callers of the same set share
 * statements as callers of one queue do. Two numbers for one set are no harm; the same for two sets there never is.
 */
export function createQueueSets(): (queueIds: readonly number[]) => QueueSet {
  const known = new Map<string, QueueSet>()
  let last = 0
  return (asked) => {
    const queueIds = [...new Set(asked)].sort((a, b) => a - b)
    const key = queueIds.join()
    let set = known.get(key)
    if (!set) {
      if (known.size >= MOST_SETS) known.clear()
      known.set(key, (set = { id: --last, queueIds }))
    }
    return set
  }
}
