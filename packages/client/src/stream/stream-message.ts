import type { Message } from '../rest/message.ts'

/** A message that came over the stream, held until it is deleted, released or buried, or its reservation is lost. */
export type StreamMessage = Message & {
  /** Changes with each touch. */
  readonly reservationId: string
  /** Aborts when the reservation is lost: it lapsed, somebody else ended it, or the connection broke. */
  readonly signal: AbortSignal
  /** Done with it. */
  delete(): Promise<void>
  /** Gives it back, to the front of the queue, after `delay` seconds. */
  release(options?: { delay?: number }): Promise<void>
  /** Sets it aside until somebody kicks it, which beanstalk clients can. */
  bury(): Promise<void>
  /** Holds it for `timeout` seconds from now; without one for as long as the subscription says. */
  touch(options?: { timeout?: number }): Promise<void>
}
