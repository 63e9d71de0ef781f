/** A delivery that this process has claimed: it makes one attempt, and says what came of it before the claim ends. */
export type ClaimedDelivery = {
  project: string
  queue: string
  queueId: number
  messageId: number
  body: Buffer
  pushHeaders: Record<string, string>
  subscriber: Receiver
  /** Public id of this delivery, the same at every attempt. */
  deliveryId: string
  /** New for each attempt; whoever shows it may acknowledge the attempt once it was accepted. */
  reservationId: string
  /** Whose conventions the receiver is used to. */
  door: 'v2' | 'v3'
  /** How long the receiver may take. */
  answerSeconds: number
  /** 0 for the subscriber it is owed to; of a unicast queue, where any may take it. */
  lane: number
}

export type Receiver = {
  id: number
  name: string
  url: string
  headers: Record<string, string>
  /** Each signs; the newest first. */
  secrets: string[]
}

/** What came of an attempt. */
export type Attempt = {
  /** What was answered; 0 when there was no complete answer. */
  statusCode: number
  /** What was wrong: the beginning of the answer, or why there is none. */
  failure?: string
  /** The receiver's wish not to be tried again before. */
  retryAfterSeconds?: number
}

/** A push queue that has work now. */
export type DueQueue = {
  project: string
  queue: string
  queueId: number
  /** Whom it may be handed to now, and how many of them. */
  receivers: { id: number; url: string; most: number }[]
}

/** What a process that delivers works with. */
export type Pushing = {
  due(): Promise<DueQueue[]>
  claim(queue: DueQueue, room: ReadonlyMap<number, number>): Promise<ClaimedDelivery[]>
  record(attempts: { delivery: ClaimedDelivery; attempt: Attempt }[]): Promise<void>
  forward(deliveries: ClaimedDelivery[]): Promise<void>
  wait(deadline: number, signal: AbortSignal): Promise<void>
}
