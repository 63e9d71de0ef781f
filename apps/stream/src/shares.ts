/** How many connections each project has in this process: one alone may not take them all. */
export type Shares = {
  /** Counts one more; false when the project has as many as it may. */
  enter(project: string): boolean
  leave(project: string): void
}

export function createShares(most: number): Shares {
  const counts = new Map<string, number>()
  return {
    enter(project) {
      const count = counts.get(project) ?? 0
      if (count >= most) return false
      counts.set(project, count + 1)
      return true
    },
    leave(project) {
      const left = counts.get(project)! - 1
      if (left > 0) counts.set(project, left)
      else counts.delete(project)
    },
  }
}
