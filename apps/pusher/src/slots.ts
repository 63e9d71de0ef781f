/** How many attempts may be under way at a time. */
export type SlotLimits = {
  perSubscriber: number
  perHost: number
  /** In this process. */
  total: number
}

export type Slots = {
  /** How many more attempts may start for a subscriber; whoever claims deliveries claims no more than that. */
  free(subscriber: string, host: string): number
  /** Takes one, to be given back by calling what it returns; undefined when there is none. */
  take(subscriber: string, host: string): (() => void) | undefined
  underWay(): number
  /** Whether as many are under way as may be at all. */
  isFull(): boolean
}

/** Keeps a slow subscriber, or all subscribers on a slow host, from taking what the others need (security row 5). */
export function openSlots({ perSubscriber, perHost, total }: SlotLimits): Slots {
  const bySubscriber = new Map<string, number>()
  const byHost = new Map<string, number>()
  let all = 0

  const free = (subscriber: string, host: string) =>
    Math.max(
      0,
      Math.min(perSubscriber - (bySubscriber.get(subscriber) ?? 0), perHost - (byHost.get(host) ?? 0), total - all),
    )

  return {
    free,
    take(subscriber, host) {
      if (free(subscriber, host) === 0) return undefined
      all++
      count(bySubscriber, subscriber, 1)
      count(byHost, host, 1)
      let given = false
      return () => {
        if (given) return
        given = true
        all--
        count(bySubscriber, subscriber, -1)
        count(byHost, host, -1)
      }
    },
    underWay: () => all,
    isFull: () => all >= total,
  }
}

/** A key that nobody uses leaves the map, or it would grow with every subscriber there ever was. */
function count(counts: Map<string, number>, key: string, change: number) {
  const now = (counts.get(key) ?? 0) + change
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}
