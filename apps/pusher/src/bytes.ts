/** Bytes that are set aside for a claim, before it is known what it takes. */
export type SetAside = { bytes: number; giveBack(): void }

/** Bodies that are in memory, counted once however many deliveries share one. */
export type Bytes = {
  /** At most so many for a claim of this project, none when there is no room. */
  setAside(project: string, most: number): SetAside
  hold(one: Held): void
  /** What was held is over and written down. */
  drop(one: Held): void
}

type Held = { project: string; body: Buffer }

/**
 * How many of these, from the first on, are written down in one transaction: each may write its body again, to another
 * queue or in a report, and what goes together is in memory together.
 */
export function countTogether(bodies: readonly Buffer[]): number {
  let bytes = 0
  const over = bodies.findIndex(({ length }) => (bytes += length) > MOST_BYTES_TOGETHER)
  return over < 0 ? bodies.length : Math.max(1, over)
}

const MOST_BYTES_TOGETHER = 4_194_304

/**
 * Keeps the bodies of what is under way, or waits to be written down, from taking more memory than `total`, but for the last
 * one of each claim. One project may have as much as it leaves free, as with slots (security row 24).
 */
export function openBytes(total: number): Bytes {
  const byProject = new Map<string, number>()
  const holders = new Map<Buffer, number>()
  let all = 0

  function change(project: string, by: number) {
    all += by
    const now = (byProject.get(project) ?? 0) + by
    if (now === 0) byProject.delete(project)
    else byProject.set(project, now)
  }

  return {
    setAside(project, most) {
      const free = Math.ceil((total - all - (byProject.get(project) ?? 0)) / 2)
      const bytes = Math.max(0, Math.min(most, free))
      change(project, bytes)
      return { bytes, giveBack: () => change(project, -bytes) }
    },
    hold({ project, body }) {
      const before = holders.get(body) ?? 0
      holders.set(body, before + 1)
      if (before === 0) change(project, body.length)
    },
    drop({ project, body }) {
      const left = (holders.get(body) ?? 0) - 1
      if (left > 0) return void holders.set(body, left)
      holders.delete(body)
      change(project, -body.length)
    },
  }
}
