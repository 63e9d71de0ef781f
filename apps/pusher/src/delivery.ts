/** What an attempt needs to know about the message and the subscriber it is owed to. */
export type Delivery = {
  project: string
  queue: string
  messageId: number
  body: Buffer
  pushHeaders?: Record<string, string>
  subscriber: { name: string; url: string; headers?: Record<string, string>; secrets?: string[] }
  /** New on each attempt. */
  reservationId: string
  deliveryId: string
  /** The one that made the queue. */
  door: 'v2' | 'v3'
  timeoutSeconds: number
}
