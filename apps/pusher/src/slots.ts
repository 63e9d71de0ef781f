/** How many attempts may be under way at a time. */
export type SlotLimits = {
  perSubscriber: number
  perHost: number
  /** In this process. */
  total: number
}

/** Whom a slot is for. */
export type SlotFor = { project: string; subscriber: string; host: string }

export type Slots = {
  /** How many more may start for a project on a host. */
  free(on: Pick<SlotFor, 'project' | 'host'>): number
  /** Takes slots as far as there are: at most `share`, so that the subscriber has at most `most`; and says how many. */
  take(on: SlotFor, most: number, share?: number): number
  give(on: SlotFor, count: number): void
  underWay(): number
}

/**
 * Keeps a slow subscriber, or all subscribers on a slow host, from taking what the others need (security row 5), and a
 * project with many such from taking all (row 24): it may have as many as it leaves free, in all and on each host, which
 * alone is half, and something is left for whoever comes. Anybody can name a host, and one of its ports that never answers.
 */
export function openSlots({ perSubscriber, perHost, total }: SlotLimits): Slots {
  const bySubscriber = new Map<string, number>()
  const byHost = new Map<string, number>()
  const byProject = new Map<string, number>()
  const byBoth = new Map<string, number>()
  let all = 0

  const free = ({ project, host }: Pick<SlotFor, 'project' | 'host'>) =>
    Math.max(
      0,
      Math.min(
        fairShare(perHost, byHost.get(host), byBoth.get(`${project} ${host}`)),
        fairShare(total, all, byProject.get(project)),
      ),
    )

  function change({ project, subscriber, host }: SlotFor, by: number) {
    all += by
    count(byProject, project, by)
    count(bySubscriber, subscriber, by)
    count(byHost, host, by)
    count(byBoth, `${project} ${host}`, by)
  }

  return {
    free,
    take(on, most, share = most) {
      const has = bySubscriber.get(on.subscriber) ?? 0
      const taken = Math.max(0, Math.min(share, most - has, perSubscriber - has, free(on)))
      if (taken > 0) change(on, taken)
      return taken
    },
    give: (on, given) => given > 0 && change(on, -given),
    underWay: () => all,
  }
}

/** What one may take of a number so that it leaves as much as it has then. */
const fairShare = (most: number, taken = 0, own = 0) => Math.ceil((most - taken - own) / 2)

/** A key that nobody uses leaves the map, or it would grow with every subscriber there ever was. */
function count(counts: Map<string, number>, key: string, change: number) {
  const now = (counts.get(key) ?? 0) + change
  if (now === 0) counts.delete(key)
  else counts.set(key, now)
}
