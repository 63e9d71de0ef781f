import type { ClaimedDelivery } from '@weldmq/queue-core'

/** A subscriber with nothing special about it, changed as told. */
export const aReceiver = (changes: Partial<ClaimedDelivery['subscriber']> = {}) => ({
  id: 1,
  name: 'billing',
  url: 'http://example.org/',
  headers: {},
  secrets: [],
  ...changes,
})

/** A delivery of `hello` with nothing special about it, changed as told. */
export const aDelivery = (changes: Partial<ClaimedDelivery> = {}): ClaimedDelivery => ({
  project: '5f1e00000000000000000001',
  queue: 'orders',
  messageId: 42,
  body: Buffer.from('hello'),
  queueId: 7,
  pushHeaders: {},
  subscriber: aReceiver(),
  reservationId: 'reservation-1',
  deliveryId: '1000000000000000007',
  door: 'v3',
  answerSeconds: 10,
  amongQueues: 1,
  lane: 0,
  ...changes,
})
