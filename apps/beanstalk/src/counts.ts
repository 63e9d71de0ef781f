/** The commands that `stats` counts, in its order; `reserve-job`, `kick-job` and `quit` have no counter there. */
export const counted = [
  'put',
  'peek',
  'peek-ready',
  'peek-delayed',
  'peek-buried',
  'reserve',
  'reserve-with-timeout',
  'delete',
  'release',
  'use',
  'watch',
  'ignore',
  'bury',
  'kick',
  'touch',
  'stats',
  'stats-job',
  'stats-tube',
  'list-tubes',
  'list-tube-used',
  'list-tubes-watched',
  'pause-tube',
] as const
export type Counted = (typeof counted)[number]

/** What this process has counted about the clients of one project since it started. */
export type Counts = {
  /** Well-formed commands, successful or not. */
  commands: Record<Counted, number>
  /** Connections now open, and those among them that have sent a put, a reserve, or wait in one. */
  connections: number
  producers: number
  workers: number
  waiting: number
  /** Connections ever. */
  totalConnections: number
}

export const newCounts = (): Counts => ({
  commands: Object.fromEntries(counted.map((name) => [name, 0])) as Record<Counted, number>,
  connections: 0,
  producers: 0,
  workers: 0,
  waiting: 0,
  totalConnections: 0,
})
