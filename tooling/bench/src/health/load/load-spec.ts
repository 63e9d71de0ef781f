/** What the callers of one process do, all side by side, for a while. */
export type LoadSpec = {
  /** Queues named `<prefix>-0`, `<prefix>-1` …; each step goes to one of them at random. */
  prefix: string
  queues: number
  callers: number
  /**
   * `cycle`: posts a message, reserves one (whosever it is) and deletes that. `post`: only the first. `take`: reserves
   * one, waiting up to a second for it, and deletes it. `drain`: takes without waiting until the queue holds nothing, at
   * most for `seconds`.
   */
  does: 'cycle' | 'post' | 'take' | 'drain'
  seconds: number
  bucketSeconds: number
  /** Of all callers together; as fast as they can when left out. */
  perSecond?: number
  /** Share of the reserved messages that are left to lapse. */
  lapsing?: number
  /** How long such a reservation runs; the queue's own timeout is for the others. */
  lapseAfterSeconds?: number
  /** One of these at random for each message. */
  priorities?: number[]
}

/** What happened in one stretch of time; milliseconds of a whole step, and of the reserve in it. */
export type Bucket = {
  /** End of the bucket, in seconds since the load began. */
  at: number
  perSecond: number
  p50: number
  p99: number
  reserveP50: number
  reserveP99: number
  /** Messages in the queue at that moment, in any state; 0 where there are many queues. */
  backlog: number
  /**
   * Processor time of the product's sessions in Postgres per step: depends less on how busy the machine is than time
   * does, and grows when statements read over what is dead. 0 where the system does not say.
   */
  databaseCpuMicroseconds: number
  /** Resident memory of the process with the core in it. */
  residentBytes: number
}
