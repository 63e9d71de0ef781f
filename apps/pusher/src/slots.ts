/** How many attempts may be under way at a time. */
export type SlotLimits = {
  perSubscriber: number
  perHost: number
  /** In this process. */
  total: number
}

export type Slots = {
  /** How many more may start on a host. */
  free(host: string): number
  /** Takes as many of `most` as there are for a subscriber and its host, and says how many. */
  take(subscriber: string, host: string, most: number): number
  give(subscriber: string, host: string, count: number): void
  underWay(): number
}

/** Keeps a slow subscriber, or all subscribers on a slow host, from taking what the others need (security row 5). */
export function openSlots({ perSubscriber, perHost, total }: SlotLimits): Slots {
  const bySubscriber = new Map<string, number>()
  const byHost = new Map<string, number>()
  let all = 0

  const free = (host: string) => Math.min(perHost - (byHost.get(host) ?? 0), total - all)

  function change(subscriber: string, host: string, by: number) {
    all += by
    count(bySubscriber, subscriber, by)
    count(byHost, host, by)
  }

  return {
    free,
    take(subscriber, host, most) {
      const taken = Math.max(0, Math.min(most, perSubscriber - (bySubscriber.get(subscriber) ?? 0), free(host)))
      if (taken > 0) change(subscriber, host, taken)
      return taken
    },
    give: (subscriber, host, given) => given > 0 && change(subscriber, host, -given),
    underWay: () => all,
  }
}

/** A key that nobody uses leaves the map, or it would grow with every subscriber there ever was. */
function count(counts: Map<string, number>, key: string, change: number) {
  const now = (counts.get(key) ?? 0) + change
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}
