import type { CallOptions } from '../http/caller.ts'

/** What to post. */
export type NewMessage = {
  /** Any text, at most 256 KiB of UTF-8 by default. */
  body: string
  /** Set when `body` is bytes in base64 that are no text, as those of a message that is passed on may be. */
  bodyEncoding?: 'base64'
  /** Seconds until it may be reserved, at most 604800. */
  delay?: number
  /** 0 to 4294967295, most urgent first; beanstalk's order, and beanstalk's default. */
  priority?: number
  /** Extra headers of its deliveries, on a push queue. */
  pushHeaders?: Record<string, string>
}

/** A message as somebody sees it who does not hold it. */
export type Message = {
  /** 19 digits. */
  id: string
  body: string
  /** Set when the body is no text, which only other protocols can post: it is shown in base64 then. */
  bodyEncoding?: 'base64'
  /** Reservations and touches so far. */
  reservedCount: number
}

/** Enough to name a message, and one reservation of it. */
export type MessageRef = {
  id: string
  reservationId?: string
  /** Acknowledges a delivery that this subscriber answered with 202. */
  subscriberName?: string
}

/** A message in the hands of whoever reserved it, until it is deleted or released, or its time is over. */
export type ReservedMessage = Message & {
  /** Changes with each touch. */
  readonly reservationId: string
  /** Done with it. 403 when the reservation has ended, 404 when the message is gone. */
  delete(options?: CallOptions): Promise<void>
  /** Gives it back, to the front of the queue, after `delay` seconds. */
  release(options?: CallOptions & { delay?: number }): Promise<void>
  /** Holds it for `timeout` seconds from now; without one for the queue's `messageTimeout`, whatever it was reserved for. */
  touch(options?: CallOptions & { timeout?: number }): Promise<void>
}
