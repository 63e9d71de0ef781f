export type Tally = { posted: number; timeouts: number }

/** What happened to the messages of each project since this process started, as far as it had a hand in it. */
export type Tallies = {
  posted(project: string, messages: number): void
  timedOut(project: string, messages: number): void
  of(project: string): Tally
}

export function createTallies(): Tallies {
  const byProject = new Map<string, Tally>()
  const of = (project: string) => {
    let tally = byProject.get(project)
    if (!tally) byProject.set(project, (tally = { posted: 0, timeouts: 0 }))
    return tally
  }
  return {
    posted: (project, messages) => void (of(project).posted += messages),
    timedOut: (project, messages) => void (of(project).timeouts += messages),
    of,
  }
}
