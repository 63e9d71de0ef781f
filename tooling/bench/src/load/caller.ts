/** A reserved message, as its door names it. */
export type Held = { id: number | string; reservationId: string }

/** One client of one queue; asks for one thing at a time and waits for the answer. Throws on any unexpected answer. */
export type Caller = {
  post(count: number): Promise<void>
  /** May come back with fewer, or with nothing. */
  reserve(count: number): Promise<Held[]>
  delete(held: Held[]): Promise<void>
}

/** A way into the queue, on which any number of callers can be opened. */
export type Door = {
  openCaller(queue: string): Promise<Caller>
  /** Closes the callers that were opened since the last time. */
  closeCallers(): void
  /** Processor time that the measured process has used so far; undefined where the system does not say. */
  cpuSeconds(): number | undefined
  close(): Promise<void>
}

/** What a scenario works with: the callers of one queue, and the clock of what they use up. */
export type Load = { callers: Caller[]; cpuSeconds: Door['cpuSeconds'] }

/** Of every message the bench posts; what the figures of the design were measured with. */
export const BODY_BYTES = 200
